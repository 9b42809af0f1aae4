"""What words say: cues, sentences, headlines quoted elsewhere, the learned judgement of wording."""

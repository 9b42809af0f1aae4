"""What words say: cues, sentences, headlines, told or quoted elsewhere, and the learned judgement of wording."""

"""What words say: cues, sentences, headlines, reported or quoted elsewhere, and the learned judgement of wording."""

"""Text as people meant it: encodings, mail threads and signatures, transcripts' noise."""

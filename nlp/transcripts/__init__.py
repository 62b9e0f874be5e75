"""What lies between the bytes of a transcript and its turns, shared by the readers.

- `fields`: values out of parsed JSON of any shape; times, dates and short metadata.
- `turns`: words, segments and channels joined to turns; sentences.
- `label_habits`: how one line names its speaker, and what only looks like a label.
- `labelled`: a text of labelled lines: its heading, its speakers, its turns.
- `prose`: a text without speakers: whether it is prose, and its turns.
- `cues`: timed cues of subtitle files.
- `json_lines`: JSON Lines and arrays, one object at a time.
- `conversation`: our own JSON of one interaction, and lists of messages.
- `tables`: rows with columns, one row a call or one row a turn.
- `draft`: the last step of every reader: roles, cleaning, numbering.
"""

"""Who is the agent and who the customer.

`labels` reads what a file calls its speakers, `speakers` decides for each stretch of speech, and
`phrases` holds what agents and customers say, with weights.
"""

from nlp.roles.labels import is_role_word, name_of_label, role_of_label
from nlp.roles.speakers import assign

__all__ = ["assign", "is_role_word", "name_of_label", "role_of_label"]

"""What is read off one encoder pass. One head a file, all with one contract.

A head is a frozen value made by `from_tensors(tensors)` from the arrays that its trainer wrote, and
answers for a batch of passages with arrays, one row a passage. It changes nothing and knows
nothing of interactions; `nlp.pipeline` writes down what it says.
"""

"""Results → words, each computed from what it tells: one file a subject, whole messages.

The end of a name says what a function returns: a sentence or several, a clause of one, the name of
a curve, notes beside a figure, what is read at a point, a table and its cells.
"""

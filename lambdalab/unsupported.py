"""How the lab says that something of AWS is not part of it: with a code that no service of AWS uses.

So nobody takes the refusal for AWS's own word; and no SDK tries again after a 501.
"""

CODE, STATUS = "NotPartOfThisLab", 501

"""AWS as moto keeps it, reached over loopback; what moto gets wrong is put right here.

server.py        the lab's HTTP server: loopback, credentials, Host and Origin checked
access.py        who may talk to it
seams.py         the one list of places where moto is changed
lambda_api.py    Lambda's operations that moto answers otherwise than AWS
functions.py     a function as moto stores it → a function as the engine runs it
roles.py         the credentials of an execution role
"""

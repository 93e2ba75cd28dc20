"""Function URLs.

- `configuration.py`: the operations; `cors.py`: their CORS configuration
- `requests.py`: how a request to a URL is answered; `endpoint.py`: how the HTTP endpoint finds them
"""

"""What an operation of API Gateway's control plane answers instead of a result, for REST APIs and HTTP APIs alike."""

from __future__ import annotations


class ApiError(Exception):
    """An error of AWS's API. `backend.py` makes it one that moto sends."""

    def __init__(self, code: str, status: int, message: str) -> None:
        super().__init__(message)
        self.code, self.status, self.message = code, status, message


def bad_request(message: str) -> ApiError:
    """400: the request is not valid."""
    return ApiError("BadRequestException", 400, message)


def not_found(message: str) -> ApiError:
    """404: the request names a resource that does not exist."""
    return ApiError("NotFoundException", 404, message)


def conflict(message: str) -> ApiError:
    """409: the resource exists already, or is still in use."""
    return ApiError("ConflictException", 409, message)

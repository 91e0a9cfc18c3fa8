"""Where the addresses of customers and companies are registered."""

from flask import Blueprint

bp = Blueprint("customers", __name__)

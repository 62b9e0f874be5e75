"""/v1/aggregates: counts of findings and interactions, and how customers feel."""

from fastapi import APIRouter

router = APIRouter(tags=["search"])

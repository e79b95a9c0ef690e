"""Judges whether answers say more than their pages: python3 judge-pages.py FILE. Prints a line each: "within", or "beyond"."""
import json, sys

SAME = "consent_id request_id presentation_id holder recipient agreement purpose dataset rendered_sha256"
LIMITS = "max_uses frequency_limit lookback"


def is_within(answer, page):
    if page.get("kind") != "consent.presented":
        return False
    if any(answer.get(name) != page.get(name) for name in (SAME + " " + LIMITS).split()):
        return False
    if answer["kind"] != "consent.granted":
        return True
    granted, required = set(answer["categories_granted"]), set(page["categories_required"])
    if not required <= granted <= required | set(page["categories_optional"]):
        return False
    return all(answer[name] <= page[name] for name in ("valid_until", "valid_until_local"))


with open(sys.argv[1], encoding="utf-8") as file:
    for answer, page in json.load(file):
        print("within" if is_within(answer, page) else "beyond")

"""Judges published receipts of stops: python3 judge-stops.py FILE. Standard library only; signatures through openssl where it is there.
Prints for each "holds", "holds as far as it goes" without openssl, or "refused: WHY", and below it what it says is left, a line a datum."""
import base64, hashlib, hmac, json, shutil, subprocess, sys, tempfile


def b64u(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def signed(x, signature, message):
    if shutil.which("openssl") is None:
        return None
    key = bytes.fromhex("302a300506032b6570032100") + b64u(x)
    with tempfile.NamedTemporaryFile() as k, tempfile.NamedTemporaryFile() as s, tempfile.NamedTemporaryFile() as m:
        for file, data in ((k, key), (s, signature), (m, message)):
            file.write(data)
            file.flush()
        run = subprocess.run(
            ["openssl", "pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-inkey", k.name, "-rawin", "-in", m.name, "-sigfile", s.name],
            capture_output=True,
        )
        return run.returncode == 0


def fault(claims):
    """Why the receipt is not the one of its event, or says of a stop what it cannot."""
    ledger = claims["ledger"]
    payload = ledger["payload"]
    told = json.loads(payload)
    if hashlib.sha256(payload.encode()).hexdigest() != ledger["payload_jcs_sha256"]:
        return "hash"
    salt = base64.b64decode(ledger["salt"])
    entry = b"\x01\x50" + hmac.new(salt, payload.encode(), hashlib.sha256).digest()
    if base64.b64encode(entry).decode() != ledger["entry"]:
        return "entry"
    event = claims["event"][0]
    pairs = [("kind", "event_kind"), ("event_id", "event_id"), ("recorded_at", "event_time")]
    if any(told[one] != event[other] for one, other in pairs) or told["consent_id"] != claims["record_id"]:
        return "event"
    if "still" not in claims:
        return None
    own = [one["pii_type"] for one in claims["purposes"][0]["pii_information"] if one["pii_consented"]]
    still = claims["still"]
    if told["kind"] != "consent.revoked" or still is None or any(one["pii_type"] not in own for one in still["data"]):
        return "still"
    return None


def left(still):
    for datum in still["data"]:
        ways = ["%s %s%s" % (way["right"], way["purpose_id"], days(way)) for way in datum["ways"]]
        waits = ["%s %s%s" % (wait["right"], wait["because"], " " + wait["from"] if "from" in wait else "") for wait in datum["waits"]]
        yield "  %s: %s | %s" % (datum["pii_type"], ", ".join(ways), ", ".join(waits))


def days(way):
    return " %s/%s" % (way["lookback"]["from"], way["lookback"]["to"]) if "lookback" in way else ""


def judge(jwt, keys):
    head, body, signature = jwt.split(".")
    kid = json.loads(b64u(head))["kid"]
    key = next((one for one in keys if one["kid"] == kid and one["purpose"] == "receipt"), None)
    if key is None:
        return "refused: key", []
    holds = signed(key["x"], b64u(signature), (head + "." + body).encode())
    if holds is False:
        return "refused: signature", []
    claims = json.loads(b64u(body))
    why = fault(claims)
    if why is not None:
        return "refused: " + why, []
    lines = list(left(claims["still"])) if "still" in claims else []
    return "holds as far as it goes" if holds is None else "holds", lines


with open(sys.argv[1], encoding="utf-8") as file:
    given = json.load(file)
for vector in given["vectors"]:
    verdict, lines = judge(vector["jwt"], given["keys"])
    print("\n".join([verdict, *lines]))

"""Judges the published answers: python3 judge-answers.py FILE. Standard library only; signatures through openssl where it is there.
Prints a line each: "holds", "holds as far as it goes" without openssl, or "refused: WHY"."""
import base64, hashlib, json, shutil, subprocess, sys, tempfile
from urllib.parse import urlsplit


def b64u(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def der(tag, body):
    size = len(body)
    head = bytes([size]) if size < 128 else bytes([0x82, size >> 8, size & 255])
    return bytes([tag]) + head + body


def number(body):
    return der(2, (b"\0" if body[0] & 128 else b"") + body)


def spki(jwk):
    if jwk["kty"] == "EC":
        point = b"\4" + b64u(jwk["x"]) + b64u(jwk["y"])
        return bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d030107034200") + point
    if jwk["kty"] == "OKP":
        return bytes.fromhex("302a300506032b6570032100") + b64u(jwk["x"])
    key = der(0x30, number(b64u(jwk["n"])) + number(b64u(jwk["e"])))
    return der(0x30, bytes.fromhex("300d06092a864886f70d0101010500") + der(3, b"\0" + key))


def signed(jwk, signature, message):
    with tempfile.NamedTemporaryFile() as k, tempfile.NamedTemporaryFile() as s, tempfile.NamedTemporaryFile() as m:
        for file, data in ((k, spki(jwk)), (s, signature), (m, message)):
            file.write(data)
            file.flush()
        hashed = [] if jwk["kty"] == "OKP" else ["-digest", "sha256"]
        run = subprocess.run(
            ["openssl", "pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-inkey", k.name, "-rawin", *hashed]
            + ["-in", m.name, "-sigfile", s.name],
            capture_output=True,
        )
        return run.returncode == 0


def hashed(lines):
    return hashlib.sha256("".join(line + "\n" for line in lines).encode())


def answer(event, issuer):
    own = event["signed"]
    lines = [
        "accord.answer.v1",
        issuer,
        event["presentation_id"],
        event["rendered_sha256"],
        event["kind"].removeprefix("consent."),
        " ".join(sorted(event["categories_granted"])),
        " ".join(sorted(event["categories_express"])),
        event["valid_until_local"],
        own["checkpoint"],
    ]
    return own, hashed(["accord.answers.v1", *sorted([hashed(lines).hexdigest(), *own["others"]])])


def thumbprint(jwk):
    named = json.dumps(jwk, sort_keys=True, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(hashlib.sha256(named).digest()).decode().rstrip("=")


def asked_of(vector, issuer):
    if "event" in vector:
        return answer(vector["event"], issuer)
    if "new_key" in vector:
        return vector["signed"], hashed(["accord.key.v1", issuer, thumbprint(vector["new_key"])])
    return vector["signed"], hashed(["accord.lift.v1", issuer, vector["lifts"]])


def judge(vector, issuer):
    own, text = asked_of(vector, issuer)
    asked = text.digest()
    data, client = b64u(own["authenticator_data"]), b64u(own["client_data_json"])
    said = json.loads(client)
    if b64u(said["challenge"]) != asked:
        return "refused: challenge"
    if said["type"] != "webauthn.get" or said["origin"] != issuer:
        return "refused: site"
    if data[:32] != hashlib.sha256(urlsplit(issuer).hostname.encode()).digest() or data[32] & 5 != 5:
        return "refused: authenticator"
    if shutil.which("openssl") is None:
        return "holds as far as it goes"
    holds = signed(own["jwk"], b64u(own["signature"]), data + hashlib.sha256(client).digest())
    return "holds" if holds else "refused: signature"


with open(sys.argv[1], encoding="utf-8") as file:
    given = json.load(file)
for vector in given["vectors"]:
    print(judge(vector, given["issuer"]))

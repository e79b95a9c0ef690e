#!/usr/bin/python3
"""A sample, and no signer for a deployment: whoever may open a socket of it has any bytes signed, of any house and any time.

It asks a machine for keys by PKCS#11 (docs/operate/hsm.md). Needs python3-pkcs11.

usage: PKCS11_PIN_FILE=FILE pkcs11-signer.py MODULE TOKEN FOLDER PURPOSE...

It signs with the key pair whose label is the purpose: id-token, upstream, decision (P-256), id-token-rsa, signals (RSA of 3,072 bits),
at the socket of that name in the folder. It holds no key itself: one key a purpose, and one session, whose questions are answered one
after the other. What `accord signer serve` does beside is left out: it reads no statement, counts nothing, and gives nobody a share.
"""

import base64
import hashlib
import json
import os
import socketserver
import struct
import sys
import threading

import pkcs11
from pkcs11 import Attribute, KeyType, Mechanism, MGF, ObjectClass

MOST_BYTES = 256 * 1024
ALGORITHMS = {
    'id-token': ['ES256'],
    'upstream': ['ES256'],
    'decision': ['ES256'],
    'id-token-rsa': ['RS256', 'PS256'],
    'signals': ['RS256'],
}


def b64(raw):
    return base64.urlsafe_b64encode(raw).rstrip(b'=').decode()


def public_half(session, label):
    """The public members of a key pair as JWK, and no other."""
    key = next(session.get_objects({Attribute.LABEL: label, Attribute.CLASS: ObjectClass.PUBLIC_KEY}))
    if key.key_type == KeyType.RSA:
        return {'kty': 'RSA', 'n': b64(key[Attribute.MODULUS]), 'e': b64(key[Attribute.PUBLIC_EXPONENT])}
    point = key[Attribute.EC_POINT][-64:]  # an octet string of 04, x and y
    return {'kty': 'EC', 'crv': 'P-256', 'x': b64(point[:32]), 'y': b64(point[32:])}


def thumbprint(jwk):
    """RFC 7638."""
    return b64(hashlib.sha256(json.dumps(jwk, sort_keys=True, separators=(',', ':')).encode()).digest())


class Keys:
    def __init__(self, module, token, pin, purposes):
        self.session = pkcs11.lib(module).get_token(token_label=token).open(user_pin=pin)
        self.lock = threading.Lock()
        self.public = {purpose: public_half(self.session, purpose) for purpose in purposes}

    def sign(self, purpose, alg, data):
        key = self.session.get_key(object_class=ObjectClass.PRIVATE_KEY, label=purpose)
        digest = hashlib.sha256(data).digest()
        if alg == 'ES256':
            return key.sign(digest, mechanism=Mechanism.ECDSA)
        if alg == 'RS256':
            return key.sign(data, mechanism=Mechanism.SHA256_RSA_PKCS)
        salted = (Mechanism.SHA256, MGF.SHA256, 32)
        return key.sign(data, mechanism=Mechanism.SHA256_RSA_PKCS_PSS, mechanism_param=salted)

    def answer(self, purpose, asked):
        known = self.public[purpose]
        if asked.get('ask') == 'keys':
            return {'keys': {purpose: [known]}}
        alg, kid = asked.get('alg'), asked.get('kid')
        if asked.get('ask') != 'sign' or asked.get('purpose') != purpose or alg not in ALGORITHMS[purpose]:
            return {'refused': 'this is no question for this key'}
        if kid != thumbprint(known):
            return {'refused': 'no key has this name'}
        text = asked['bytes']
        data = base64.urlsafe_b64decode(text + '=' * (-len(text) % 4))
        with self.lock:
            return {'kid': kid, 'signature': b64(self.sign(purpose, alg, data))}


class Conversation(socketserver.StreamRequestHandler):
    """Frames of four bytes of length and so much JSON; each answer bears the number of its question."""

    timeout = 60

    def handle(self):
        while len(head := self.rfile.read(4)) == 4:
            (length,) = struct.unpack('>I', head)
            if length > MOST_BYTES:
                return
            asked = json.loads(self.rfile.read(length))
            body = json.dumps({'id': int(asked['id']), **self.server.keys.answer(self.server.purpose, asked)}).encode()
            self.wfile.write(struct.pack('>I', len(body)) + body)


class Server(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True


def serve(keys, folder, purpose):
    path = os.path.join(folder, purpose)
    if os.path.exists(path):
        os.unlink(path)
    server = Server(path, Conversation)
    server.keys, server.purpose = keys, purpose
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    return thread


def main():
    module, token, folder, *purposes = sys.argv[1:]
    with open(os.environ['PKCS11_PIN_FILE'], encoding='utf-8') as file:
        keys = Keys(module, token, file.read().strip(), purposes)
    os.umask(0o177)  # its owner, and nobody else
    servers = [serve(keys, folder, purpose) for purpose in purposes]
    names = [f'{purpose} {thumbprint(jwk)}' for purpose, jwk in keys.public.items()]
    print(f'signer {folder}: {", ".join(names)}', flush=True)
    for server in servers:
        server.join()


main()

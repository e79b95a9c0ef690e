"""Flask and Authlib 1.6. In the register: `profile: baseline`.

ISSUER, CLIENT_ID, ADDRESS, SECRET and KEY come from the environment; KEY is the private ES256 key as a JWK with its `kid`.
"""

import json
import os
from urllib.parse import urlencode

from authlib.integrations.flask_client import OAuth, OAuthError
from authlib.jose import JsonWebKey, JsonWebToken
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from flask import Flask, jsonify, redirect, request, session

ISSUER = os.environ["ISSUER"]
CLIENT_ID = os.environ["CLIENT_ID"]
ADDRESS = os.environ["ADDRESS"]
KEY = json.loads(os.environ["KEY"])
FRESH_PROOF = {"acr_values": "urn:accord:aal:2", "prompt": "login"}

app = Flask(__name__)
app.secret_key = os.environ["SECRET"]
app.config.update(SESSION_COOKIE_NAME="flask", SESSION_COOKIE_SAMESITE="Lax")

oauth = OAuth(app)
accord = oauth.register(
    "accord",
    server_metadata_url=f"{ISSUER}/.well-known/openid-configuration",
    client_id=CLIENT_ID,
    client_secret=KEY,
    # The first argument is the audience of the assertion.
    client_auth_methods=[PrivateKeyJWT(ISSUER, headers={"kid": KEY["kid"]}, alg="ES256")],
    client_kwargs={
        "scope": "openid",
        "code_challenge_method": "S256",
        "token_endpoint_auth_method": "private_key_jwt",
    },
)

# ID tokens by the provider's `sid`. A session that is not here has ended. Several processes need a store that they share.
live = {}


@app.get("/")
def home():
    if session.get("sid") not in live:
        return '<a href="/sign-in">Sign in</a>'
    return jsonify(sub=session["sub"], acr=session["acr"])


@app.get("/sign-in")
def sign_in():
    return accord.authorize_redirect(f"{ADDRESS}/callback")


@app.get("/fresh")
def fresh():
    return accord.authorize_redirect(f"{ADDRESS}/callback", **FRESH_PROOF)


@app.get("/callback")
def callback():
    try:
        token = accord.authorize_access_token()
    except OAuthError as error:
        return f'Nothing happened ({error.error}). <a href="/">Go on</a>', 403
    claims = token["userinfo"]
    session.update(sub=claims["sub"], acr=claims["acr"], sid=claims["sid"])
    live[claims["sid"]] = token["id_token"]
    return redirect("/", 303)


@app.get("/sign-out")
def sign_out():
    hint = live.pop(session.get("sid"), None)
    session.clear()
    asked = {"post_logout_redirect_uri": f"{ADDRESS}/", "client_id": CLIENT_ID}
    if hint is not None:
        asked["id_token_hint"] = hint
    return redirect(f"{ISSUER}/session/end?{urlencode(asked)}", 303)


@app.post("/backchannel-logout")
def backchannel_logout():
    keys = JsonWebKey.import_key_set(accord.fetch_jwk_set())
    rules = {
        "iss": {"essential": True, "value": ISSUER},
        "aud": {"essential": True, "value": CLIENT_ID},
        "exp": {"essential": True},
        "sid": {"essential": True},
    }
    claims = JsonWebToken(["ES256"]).decode(request.form["logout_token"], keys, claims_options=rules)
    claims.validate()
    if claims.header.get("typ") != "logout+jwt":
        return "", 400
    live.pop(claims["sid"], None)
    return "", 200

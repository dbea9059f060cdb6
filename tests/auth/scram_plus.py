#!/usr/bin/python3
"""scram_plus.py PORT CERTIFICATE MECHANISM USER PASSWORD VARIANT: SCRAM with channel binding over `openssl s_client`, which exports the keying
material; written from RFC 5802 and RFC 9266 alone. Prints the server's replies, and `salt SALT`. VARIANT is what it does wrong: another-channel,
downgraded, unbound, or right."""
import base64, hashlib, hmac, subprocess, sys

port, certificate, mechanism, user, password, variant = sys.argv[1:]
digest = "sha1" if "SHA-1" in mechanism and "256" not in mechanism else "sha256"
client = subprocess.Popen(
    ["openssl", "s_client", "-connect", f"127.0.0.1:{port}", "-starttls", "smtp", "-tls1_3", "-crlf", "-ign_eof", "-CAfile", certificate,
     "-keymatexport", "EXPORTER-Channel-Binding", "-keymatexportlen", "32"],
    stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)


def line():
    text = client.stdout.readline()
    if not text:
        sys.exit("the connection has ended")
    return text.rstrip("\r\n")


def say(text):
    client.stdin.write(text + "\n")
    client.stdin.flush()


def reply():
    while True:
        text = line()
        if text[:3].isdigit() and text[3:4] == " ":
            print(text, flush=True)
            return text
        if text[:3].isdigit() and "AUTH" in text:
            print(text, flush=True)


def b64(octets):
    return base64.b64encode(octets).decode()


channel = None
while channel is None:
    text = line().strip()
    if text.startswith("Keying material:"):
        channel = bytes.fromhex(text.split(":")[1].strip())
while line().strip() != "---":
    pass
say("EHLO me")
while not reply().startswith("250 AUTH"):
    pass
name = user.replace("=", "=3D").replace(",", "=2C")
header = {"downgraded": "y,,", "unbound": "n,,"}.get(variant, "p=tls-exporter,,")
bare = f"n={name},r=0123456789"
say(f"AUTH {mechanism} {b64((header + bare).encode())}")
answer = reply()
if answer.startswith("334 "):
    challenge = base64.b64decode(answer[4:]).decode()
    parts = dict(part.split("=", 1) for part in challenge.split(","))
    print("salt", parts["s"], flush=True)
    salted = hashlib.pbkdf2_hmac(digest, password.encode(), base64.b64decode(parts["s"]), int(parts["i"]))
    key = lambda secret, text: hmac.new(secret, text, digest).digest()
    client_key, server_key = key(salted, b"Client Key"), key(salted, b"Server Key")
    if variant == "another-channel":
        channel = bytes(32)
    bound = header.encode() + (channel if header.startswith("p=") else b"")
    without_proof = f"c={b64(bound)},r={parts['r']}"
    message = f"{bare},{challenge},{without_proof}".encode()
    signature = key(hashlib.new(digest, client_key).digest(), message)
    proof = bytes(a ^ b for a, b in zip(client_key, signature))
    say(b64(f"{without_proof},p={b64(proof)}".encode()))
    answer = reply()
    if answer.startswith("334 "):
        if base64.b64decode(answer[4:]) != b"v=" + b64(key(server_key, message)).encode():
            sys.exit("the server does not prove itself")
        say("")
        reply()
say("QUIT")
client.stdin.close()
client.stdout.read()
client.wait(10)

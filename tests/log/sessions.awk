# The log of many sessions that go on at the same time: `awk -v sessions=N -v form=text|json -f sessions.awk`. The same lines for
# the same number. Each line has its place in time in front, and a tab: sort by it, and cut it off.

function escaped(text,  i, c, result) {
  for (i = 1; i <= length(text); ++i) {
    c = substr(text, i, 1)
    result = result (c == "\"" || c == "\\" ? "\\" : "") c
  }
  return result
}

function say(hook, plugin, text) {
  at += 17
  if (form == "json") {
    printf "%d\t{\"time\":\"2026-01-02T03:%02d:%02d.%06dZ\",\"pid\":%d,\"level\":\"info\",\"session\":\"%s\"", at,
      at / 60 % 60, at % 60, s, pid, id
    if (transaction) printf ",\"transaction\":%d", transaction
    if (hook != "") printf ",\"hook\":\"%s\"", hook
    if (plugin != "") printf ",\"plugin\":\"%s\"", plugin
    printf ",\"message\":\"%s\"}\n", escaped(text)
  } else {
    printf "%d\t%d %s%s", at, pid, id, transaction ? "." transaction : ""
    if (hook != "") printf " (%s)", hook
    if (plugin != "") printf " %s:", plugin
    printf " %s\n", text
  }
}

function known(value) { return value == "" ? (form == "json" ? "null" : "-") : form == "json" ? "\"" value "\"" : value }

function summary() {
  at += 17
  bytes = messages * (100 + s % 1000)
  format = form == "json" ? \
    "%d\t{\"time\":\"2026-01-02T03:04:05.000000Z\",\"pid\":%d,\"level\":\"notice\",\"session\":\"%s\",\"hook\":\"post-connection\",\"message\":\"summary\",\"summary\":{\"client\":\"%s\",\"host\":\"unknown\",\"helo\":%s,\"from\":%s,\"verdict\":%s,\"messages\":%d,\"recipients\":%d,\"refused\":%d,\"bytes\":%d,\"good\":5,\"bad\":1,\"seconds\":0.100,\"cpu\":0.001000,\"end\":\"%s\"}}\n" : \
    "%d\t%d %s (post-connection) summary: client=%s host=unknown helo=%s from=%s verdict=%s messages=%d recipients=%d refused=%d bytes=%d good=5 bad=1 seconds=0.100 cpu=0.001000 end=%s\n"
  printf format, at, pid, id, client, known(helo), known(sender), known(verdict), messages, recipients, refused, bytes, end
}

BEGIN {
  for (s = 1; s <= sessions; ++s) {
    at = s * 3
    pid = 2000 + s * 7 % 3000
    id = sprintf("hoh%07d", s)
    client = sprintf("192.0.%d.%d", s / 256 % 256, s % 256)
    fate = s % 5
    helo = sender = verdict = ""
    transaction = messages = recipients = refused = 0
    end = "quit"
    say("", "", "Connection from unknown [" client "]")
    say("connect", "relay", "skip, no relay client")
    if (fate == 0) {
      say("connect", "earlytalker", "fail, remote host talks early")
      verdict = "connect/earlytalker/DENY"
      end = "closed"
      summary()
      continue
    }
    say("connect", "earlytalker", "pass, not early")
    helo = "h" s ".test"
    say("", "", "dispatching EHLO " helo)
    if (s % 11 == 0) say("ehlo", "helo", "fail, NAUGHTY, no such host")
    sender = s % 7 == 0 ? "<>" : "<u" s "@b.test>"
    transaction = 1
    say("", "", "dispatching MAIL FROM:" sender)
    say("", "", "dispatching NOOP 99 hoh9999999 (rcpt) rcpt_ok: pass \"\\")
    if (fate == 3) {
      refused = 1
      verdict = "rcpt/rcpt_ok/DENY"
      say("rcpt", "rcpt_ok", "fail, evil.test: relaying denied")
    } else {
      recipients = 1 + s % 3
      for (r = 1; r <= recipients; ++r) say("rcpt", "rcpt_ok", "pass, example.com")
    }
    if (s % 4 == 0) say("data_post_headers", "headers", "fail, tolerated, no Date")
    if (fate < 3) {
      messages = 1
      say("queue", "queue/maildir", "queued as x")
    }
    if (fate == 4) {
      end = "dropped"
      if (s % 25 == 4) continue  # killed
    }
    summary()
  }
}

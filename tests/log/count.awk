# The totals of a log that sessions.awk has made, counted line by line, in the words of smtpd-log.

function number(name) { return match($0, name "\"?[=:][0-9]+") ? substr($0, RSTART + length(name), RLENGTH - length(name)) : "" }
function digits(text) { gsub(/[^0-9]/, "", text); return text + 0 }

{
  if (match($0, /hoh[0-9]+/)) id = substr($0, RSTART, RLENGTH)
  if (!(id in seen)) { seen[id] = 1; ++sessions }
}
/[" ]summary/ {
  ++ended
  messages += digits(number("messages"))
  recipients += digits(number("recipients"))
  refused += digits(number("refused"))
  octets += digits(number("bytes"))
  next
}
{
  plugin = ""
  if (match($0, /"plugin":"[^"]+","message":"/)) {
    plugin = substr($0, RSTART + 10)
    text = substr($0, RSTART + RLENGTH)
    sub(/".*/, "", plugin)
  } else if (match($0, /^[0-9]+ [a-z0-9.]+ \([a-z_-]+\) [a-z_:]+: /)) {
    text = substr($0, RSTART + RLENGTH)
    plugin = substr($0, RSTART, RLENGTH - 2)
    sub(/.* /, "", plugin)
  }
  if (plugin == "") next
  sign = text ~ /^fail, tolerated/ ? 3 : text ~ /^fail, NAUGHTY/ ? 4 : text ~ /^fail/ ? 2 : text ~ /^pass/ ? 1 : text ~ /^skip/ ? 5 : 0
  if (!sign || (id, plugin, sign) in marked) next
  marked[id, plugin, sign] = 1
  ++count[plugin, sign]
  plugins[plugin] = 1
}
END {
  printf "%d sessions, %d without an end; %d messages, %d recipients accepted, %d refused, %d octets\n", sessions,
    sessions - ended, messages, recipients, refused, octets
  for (plugin in plugins) {
    line = plugin
    for (sign = 1; sign <= 7; ++sign) line = line " " count[plugin, sign] + 0
    print line
  }
}

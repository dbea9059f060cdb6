#include "lib/session/client_line.hpp"

#include <algorithm>
#include <utility>

#include "lib/base/text.hpp"
#include "lib/session/credentials.hpp"

namespace smtpd {

ClientLine::ClientLine(const Parts& parts)
    : clock_(parts.clock),
      log_(parts.log),
      conn_(parts.conn),
      channel_(parts.stream),
      timeout_(Limits().timeout),
      session_end_(Deadline::never()) {}

void ClientLine::set_times(const Limits& limits, SteadyTime began) {
  timeout_ = limits.timeout;
  session_end_ = Deadline::at(began + limits.session_timeout);
}

Deadline ClientLine::deadline() const { return earlier(clock_.after(timeout_), session_end_); }

std::expected<io::Line, Error> ClientLine::line(std::size_t most, io::Stream::Interrupt interrupt) {
  return channel_.line(most, deadline(), interrupt);
}

std::expected<std::string, Error> ClientLine::answer() {
  if (next_ == Next::chunk)
    return std::unexpected(Error{Errc::syntax, "a chunk follows, and no line"});
  const auto answer = line(max_auth_line);
  if (!answer) return std::unexpected(answer.error());
  if (answer->too_long) return std::unexpected(Error{Errc::too_long, "the line is too long"});
  if (!answer->crlf && !conn_.scripted)
    return std::unexpected(Error{Errc::syntax, "the line ends in a bare LF"});
  return std::string(answer->text);
}

std::expected<void, Error> ClientLine::skip(std::uint64_t octets) {
  for (std::uint64_t left = octets; left > 0;) {
    const auto piece = data();
    if (!piece) return std::unexpected(piece.error());
    const auto length = static_cast<std::size_t>(std::min<std::uint64_t>(piece->size(), left));
    consume(length);
    left -= length;
  }
  return {};
}

bool ClientLine::client_talks(milliseconds wait) {
  // A transcript is all there from the beginning, and a chunk comes behind its command at once.
  if (conn_.scripted || next_ == Next::chunk) return false;
  return channel_.talks_within(clock_.after(wait), deadline());
}

bool ClientLine::begins_with(std::string_view text) {
  constexpr milliseconds patience{1000};
  return channel_.begins_with(text, clock_.after(patience));
}

void ClientLine::reply(const Reply& reply, Charset charset) {
  std::string wire = std::exchange(wire_, {});  // who logs may reply as well
  wire.clear();
  append_wire(wire, reply, charset);
  if (log_.wants(Level::info)) {
    const bool answers_ehlo = reply.code == 250 && !reply.enhanced;
    Level level = Level::info;
    for (const std::string_view line : split(wire, '\n')) {
      if (!line.empty()) log_.log(level, trim(line));
      if (answers_ehlo) level = Level::debug;  // what is offered is the same each time
    }
  }
  channel_.write(wire, deadline());
  wire_ = std::move(wire);
}

void ClientLine::log_command(std::string_view text, const Verb* verb) {
  if (!log_.wants(Level::info)) return;
  const bool is_auth = looks_like_auth(text), hidden = after_auth_ && !verb && !is_auth;
  log_.log(Level::info,
           "dispatching " + (hidden ? std::string(hidden_credentials) : without_credentials(text)));
  after_auth_ = is_auth || hidden;
}

std::expected<Tls, Error> ClientLine::start_tls(TlsAcceptor& acceptor, milliseconds patience) {
  if (const auto sent = flush(); !sent) return std::unexpected(sent.error());
  // What was sent in clear must not be taken for something that came through TLS (CVE-2011-0411):
  // it is TLS, such as a ClientHello that came along with a PROXY header, or the handshake fails.
  auto stream = acceptor.accept(channel_.stream(), channel_.take_input(),
                                earlier(clock_.after(patience), deadline()));
  if (!stream) return std::unexpected(stream.error());
  tls_ = std::move(*stream);
  channel_.use(*tls_);
  after_auth_ = false;
  return tls_->facts();
}

}  // namespace smtpd

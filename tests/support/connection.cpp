#include "tests/support/connection.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "tests/support/sasl_client.hpp"

namespace smtpd::transcript {

Connection::Connection(ServerProcess process, Dialogue dialogue, const Setting& setting,
                       Limits limits)
    : process_(std::move(process)),
      dialogue_(std::move(dialogue)),
      setting_(setting),
      limits_(limits) {}

void Connection::read_some() {
  std::array<char, 65536> buffer;
  const ssize_t got = ::read(process_.from_server(), buffer.data(), buffer.size());
  const std::string_view octets(buffer.data(), static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
  if (got > 0 && tls_) {
    tls_->receive(octets);
    dialogue_.receive(tls_->take_plain());
  } else if (got > 0)
    dialogue_.receive(octets);
  else if (got == 0 || errno != EINTR)
    ended_ = true;  // ECONNRESET: it closed without reading everything
}

bool Connection::receive(std::chrono::milliseconds wait) {
  if (ended_) return true;
  pollfd entry{process_.from_server(), POLLIN, 0};
  if (::poll(&entry, 1, static_cast<int>(wait.count())) <= 0) return false;
  read_some();
  return true;
}

std::optional<std::size_t> Connection::write_some(std::string_view octets) const {
  ssize_t sent =
      ::send(process_.to_server(), octets.data(), octets.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  if (sent < 0 && errno == ENOTSOCK)
    sent = ::write(process_.to_server(), octets.data(), octets.size());
  if (sent >= 0) return static_cast<std::size_t>(sent);
  return errno == EAGAIN || errno == EINTR ? std::optional<std::size_t>(0) : std::nullopt;
}

/// Reads while it writes, so that neither side waits for the other.
Connection::Done Connection::send(const Step& step, std::string_view octets) {
  if (!tls_) return put(step, octets);
  tls_->send(octets);
  return put(step, tls_->take_output());
}

Connection::Done Connection::put(const Step& step, std::string_view octets) {
  const std::string_view all = octets;
  while (!octets.empty()) {
    std::array entries{pollfd{process_.to_server(), POLLOUT, 0},
                       pollfd{process_.from_server(), POLLIN, 0}};
    const std::size_t count = ended_ ? 1 : 2;
    if (::poll(entries.data(), count, static_cast<int>(limits_.patience.count())) <= 0) {
      return std::unexpected(dialogue_.failure(step, "the server takes no more input"));
    }
    if (count == 2 && entries[1].revents != 0) read_some();
    const auto sent = entries[0].revents == 0 ? std::size_t{0} : write_some(octets);
    octets.remove_prefix(sent.value_or(0));
    if (sent) continue;
    if (octets.size() < all.size()) break;  // a server may end before it has read everything
    return std::unexpected(dialogue_.failure(step, "the server has ended before this line"));
  }
  return {};
}

Connection::Done Connection::say(const Step& step, const std::string& line) {
  dialogue_.note_sent(line + "\r\n");
  return send(step, line + "\r\n");
}

Connection::Done Connection::authenticate(const Step& step) {
  const auto argument = step.text.expand(setting_.variables);
  auto client = argument ? SaslClient::parse(*argument) : std::unexpected(argument.error());
  if (!client) return std::unexpected(Failure{step.line, client.error()});
  if (tls_) client->bind(tls_->exporter());
  Done said = say(step, client->begin());
  while (said) {
    const auto challenge = dialogue_.challenge();
    if (challenge && !challenge->is_challenge) return {};
    if (challenge) {
      const auto answer = client->answer(challenge->text);
      if (!answer) return std::unexpected(dialogue_.failure(step, "the challenge is wrong"));
      said = say(step, *answer);
    } else if (ended_) {
      return std::unexpected(dialogue_.failure(step, "the server has ended"));
    } else if (!receive(limits_.patience)) {
      return std::unexpected(dialogue_.failure(step, "the server sends nothing"));
    }
  }
  return said;
}

/// `in_front` goes out in one write with the ClientHello.
Connection::Done Connection::shake_hands(const Step& step, std::string_view in_front) {
  if (tls_ || dialogue_.has_unread())
    return std::unexpected(dialogue_.failure(step, "this is no moment for a handshake"));
  auto client = begin_tls(step, setting_);
  if (!client) return std::unexpected(Failure{step.line, client.error()});
  tls_ = *std::move(client);
  std::string output(in_front);
  while (true) {
    output += tls_->take_output();
    if (auto sent = put(step, std::exchange(output, {})); !sent) return sent;
    if (tls_->state() != TlsClient::State::going_on || ended_) break;
    if (!receive(limits_.patience))
      return std::unexpected(dialogue_.failure(step, "the handshake does not go on"));
  }
  if (const std::string complaint = tls_->complaint(); !complaint.empty())
    return std::unexpected(dialogue_.failure(step, complaint));
  dialogue_.note(step.source + " (" + tls_->summary() + ')');
  return {};
}

Connection::Done Connection::expect(const Step& step) {
  while (true) {
    const auto match = dialogue_.match(step);
    if (match == Dialogue::Match::yes) return {};
    if (match == Dialogue::Match::no)
      return std::unexpected(dialogue_.failure(step, "the server sent something else"));
    if (ended_)
      return std::unexpected(dialogue_.failure(step, "the server has ended without sending this"));
    if (!receive(limits_.patience))
      return std::unexpected(dialogue_.failure(step, "the server sends nothing"));
  }
}

Connection::Done Connection::expect_silence(const Step& step) {
  if (!dialogue_.has_unread() && !receive(limits_.silence)) return {};
  return std::unexpected(
      dialogue_.failure(step, ended_ ? "the server has ended" : "the server is not silent"));
}

Connection::Done Connection::expect_end(const Step& step) {
  while (!ended_) {
    if (!receive(limits_.patience))
      return std::unexpected(dialogue_.failure(step, "the server does not end"));
  }
  if (dialogue_.has_unread())
    return std::unexpected(dialogue_.failure(step, "the server sent more"));
  return {};
}

std::expected<std::size_t, Failure> Connection::perform(std::span<const Step> steps) {
  const Step& step = steps.front();
  Done done;
  std::size_t taken = 1;
  if (sends(step)) {
    const auto chunk = next_chunk(steps, setting_);
    if (!chunk) return std::unexpected(Failure{chunk.error().line, chunk.error().what});
    dialogue_.note_sent(chunk->octets);
    taken = chunk->steps;
    if (!tls_ && taken < steps.size() && steps[taken].action == Action::start_tls &&
        steps[taken].who == step.who)
      done = shake_hands(steps[taken++], chunk->octets);
    else
      done = send(step, chunk->octets);
  } else if (step.action == Action::authenticate) {
    done = authenticate(step);
  } else if (step.action == Action::start_tls) {
    done = shake_hands(step);
  } else if (step.action == Action::half_close) {
    dialogue_.note("C.");
    process_.close_input();
  } else if (step.action == Action::close || step.action == Action::reset) {
    dialogue_.note(step.action == Action::close ? "C!" : "Cx");
    dialogue_.forget_unread();
    process_.close();
    ended_ = true;
  } else if (step.action == Action::expect_silence) {
    done = expect_silence(step);
  } else if (step.action == Action::expect_end) {
    done = expect_end(step);
  } else if (step.action != Action::cut) {
    done = expect(step);
  }
  if (!done) return std::unexpected(done.error());
  return taken;
}

Connection::Done Connection::finish(unsigned line) {
  if (process_.to_server() >= 0) process_.close_input();
  while (!ended_) {
    if (!receive(limits_.patience))
      return std::unexpected(dialogue_.failure(line, "the server does not end"));
  }
  if (dialogue_.has_unread())
    return std::unexpected(dialogue_.failure(line, "the script leaves something unread"));
  const auto code = process_.wait(limits_.patience);
  if (!code) return std::unexpected(Failure{line, code.error()});
  if (*code == setting_.exit_code) return {};
  const std::string expected = std::to_string(setting_.exit_code);
  return std::unexpected(
      Failure{line, "the exit code is " + std::to_string(*code) + ", not " + expected});
}

}  // namespace smtpd::transcript

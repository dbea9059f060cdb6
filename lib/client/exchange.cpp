#include "lib/client/exchange.hpp"

#include <array>
#include <utility>

#include "lib/base/text.hpp"

namespace smtpd {

std::expected<Reached, Error> dial_first(const Services& services,
                                         std::span<const io::Endpoint> where, Deadline deadline) {
  Error last{Errc::config, "no address to connect to"};
  for (std::size_t left = where.size(); left > 0; --left) {
    const io::Endpoint& endpoint = where[where.size() - left];
    auto stream = services.dialer.dial(endpoint, io::share_of(deadline, left, services.clock));
    if (stream) return Reached{*std::move(stream), endpoint};
    last = std::move(stream.error());
  }
  return std::unexpected(std::move(last));
}

std::expected<Exchange, Error> Exchange::open(const Services& services,
                                              std::span<const io::Endpoint> where, Bounds limits) {
  auto reached = dial_first(services, where, limits.deadline);
  if (!reached) return std::unexpected(std::move(reached.error()));
  return Exchange(std::move(reached->stream), reached->endpoint.text(), limits);
}

std::unexpected<Error> Exchange::named(const Error& error) const {
  return std::unexpected(Error{error.code, name_.empty() ? error.what : name_ + ": " + error.what});
}

std::unexpected<Error> Exchange::nonsense(std::string_view what) const {
  return named({Errc::syntax, std::string(what)});
}

std::unexpected<Error> Exchange::too_long(std::string_view who) const {
  return named({Errc::too_long,
                std::string(who) + " more than " + std::to_string(limits_.octets) + " octets"});
}

std::expected<void, Error> Exchange::secure(CryptoSource& crypto, const TlsClient& how) {
  // Somebody on the way could have put it there, and it would be taken for what TLS protects.
  if (!unread().empty()) return nonsense("it says something before TLS begins");
  const auto loaded = crypto.get();
  if (!loaded) return named(loaded.error());
  auto made = (*loaded)->tls_client(how, *stream_, limits_.deadline);
  if (!made) return named(made.error());
  tls_ = *std::move(made);
  return {};
}

std::expected<void, Error> Exchange::say(std::string_view octets) {
  if (closed_) return {};
  const auto sent = stream().write(octets, limits_.deadline);
  closed_ = !sent && sent.error().code == Errc::closed;
  if (!sent && !closed_) return named(sent.error());
  return {};
}

std::expected<void, Error> Exchange::pass(int descriptor) {
  if (closed_) return {};
  const auto sent = stream().pass(descriptor);
  closed_ = !sent && sent.error().code == Errc::closed;
  if (!sent && !closed_) return named(sent.error());
  return {};
}

/// 0 at the end of the connection.
std::expected<std::size_t, Error> Exchange::receive() {
  std::array<char, 4096> piece;
  const auto got = stream().read(piece, limits_.deadline, io::Stream::Interrupt::no);
  // A peer that has not read everything resets the connection as it closes.
  if (!got && closed_ && got.error().code == Errc::closed) return 0;
  if (!got) return named(got.error());
  input_.append(piece.data(), *got);
  return *got;
}

std::expected<void, Error> Exchange::receive_some() {
  const auto got = receive();
  if (!got) return std::unexpected(got.error());
  if (*got == 0) return named({Errc::closed, "it has closed the connection"});
  return {};
}

void Exchange::drop_taken() {
  input_.erase(0, taken_);
  taken_ = 0;
}

std::string_view Exchange::take(std::size_t octets) {
  taken_ = octets;
  left_ -= octets;
  return std::string_view(input_).substr(0, octets);
}

Exchange::Octets Exchange::until(char stop) {
  drop_taken();
  for (std::size_t searched = 0;;) {
    const std::size_t found = input_.find(stop, searched);
    searched = input_.size();
    if ((found == input_.npos ? searched : found + 1) > left_) return too_long("it says");
    if (found != input_.npos) return take(found + 1).substr(0, found);
    if (const auto more = receive_some(); !more) return std::unexpected(more.error());
  }
}

Exchange::Octets Exchange::line() {
  auto line = until('\n');
  if (line && line->ends_with('\r')) line->remove_suffix(1);
  return line;
}

Exchange::Octets Exchange::exactly(std::size_t octets) {
  drop_taken();
  if (octets > left_) return too_long("the answer has");
  while (input_.size() < octets) {
    if (const auto more = receive_some(); !more) return std::unexpected(more.error());
  }
  return take(octets);
}

// Octet by octet up to the colon: a peer that speaks something else is not waited for.
Exchange::Octets Exchange::netstring() {
  constexpr std::size_t most_digits = 9;
  std::string digits;
  while (true) {
    const auto octet = exactly(1);
    if (!octet) return octet;
    if (*octet == ":") break;
    digits += *octet;
    if (!is_digit(digits.back()) || digits.size() > most_digits ||
        (digits.size() > 1 && digits[0] == '0'))
      return nonsense("what it says is no netstring");
  }
  const auto length = to_number(digits);
  if (!length) return nonsense("what it says is no netstring");
  auto octets = exactly(static_cast<std::size_t>(*length) + 1);
  if (!octets) return octets;
  if (!octets->ends_with(',')) return nonsense("what it says is no netstring");
  octets->remove_suffix(1);
  return octets;
}

std::expected<std::string, Error> Exchange::all() {
  drop_taken();
  while (true) {
    if (input_.size() > left_) return too_long("the answer has");
    const auto more = receive();
    if (!more) return std::unexpected(more.error());
    if (*more == 0) break;
  }
  left_ -= input_.size();
  return std::exchange(input_, {});
}

bool Exchange::talks() {
  return !unread().empty() ||
         stream().wait_for_input(Deadline::at(SteadyTime())) == io::Input::data;
}

std::string as_netstring(std::string_view octets) {
  return std::to_string(octets.size()) + ':' + std::string(octets) + ',';
}

}  // namespace smtpd

#pragma once
/// MAIL and RCPT (RFC 5321 4.1.1.2, 4.1.1.3): what they say, and whether plugins accept it.
#include <expected>
#include <optional>
#include <string_view>

#include "lib/host/host.hpp"
#include "lib/session/parameters.hpp"
#include "lib/session/policy.hpp"

namespace smtpd {

class EnvelopeReader {
 public:
  /// All of it outlives the reader.
  explicit EnvelopeReader(const EnvelopeParameters::Parts& parts)
      : host_(parts.host), limits_(parts.limits), parameters_(parts) {}

  /// Takes MAIL, at the beginning of a transaction. It goes on with the sender and the parameters
  /// in `txn`, or has nobody as sender and is to end it.
  Consequence mail(Transaction& txn, const CommandLine& line);
  /// Takes RCPT. It goes on with one more recipient in `txn`.
  Consequence rcpt(Transaction& txn, const CommandLine& line);

 private:
  std::expected<PathCommand, Consequence> parse(Hook hook, const CommandLine& line);
  /// The address, after plugins have had a say in what was sent.
  std::expected<Address, Consequence> rewrite(Hook hook, Transaction& txn, PathCommand& command);
  std::expected<Address, Consequence> address(Hook hook, const Transaction& txn,
                                              std::string_view path) const;
  std::expected<Address, Consequence> utf8_address(Hook hook, const Transaction& txn,
                                                   std::string_view path) const;
  Address::Grammar grammar() const;

  Host& host_;
  const Limits& limits_;
  EnvelopeParameters parameters_;
};

}  // namespace smtpd

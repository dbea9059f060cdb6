#pragma once
/// One mail transaction: envelope, message, notes. A new one begins with each MAIL.
#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "lib/base/clock.hpp"
#include "lib/io/temp.hpp"
#include "lib/mail/address.hpp"
#include "lib/mail/authentication_results.hpp"
#include "lib/mail/body.hpp"
#include "lib/mail/header_list.hpp"
#include "lib/plugin/connection.hpp"
#include "lib/smtp/path_command.hpp"
#include "lib/smtp/report_parameters.hpp"

namespace smtpd {

struct Recipient {
  Address address;  ///< who gets the message
  Parameters parameters = {};
  RecipientReport report = {};  ///< NOTIFY and ORCPT (RFC 3461)
  /// Whom the client has named, where rcpt_pre or an alias has made another address of it.
  /// A pointer, since most have none and there may be 100,000.
  std::unique_ptr<const Address> renamed_from = {};

  /// Whom the client has named.
  const Address& as_sent() const { return renamed_from ? *renamed_from : address; }
};

/// How the message has to travel from here (RFC 8689).
enum class TransportTls {
  usual,     ///< as the site likes
  required,  ///< REQUIRETLS: only over verified TLS to servers that promise the same
  waived,    ///< the field `TLS-Required: No`: rather without verified TLS than not at all
};

/// Where a queue plugin has put the message, for the log: files, or the next server.
class SMTPD_API QueuePlaces {
 public:
  void add(std::string_view place);
  /// The first three with commas between, and `+N` for N more; empty without one.
  std::string text() const;

 private:
  static constexpr std::size_t most_shown = 3, longest = 200;  // places; octets of each
  std::string shown_;
  std::size_t count_ = 0;
};

class SMTPD_API Transaction {
 public:
  Transaction(Connection& conn, unsigned number, Body body)
      : conn_(conn), number_(number), body_(std::move(body)) {}

  /// The reverse-path; none until MAIL was accepted.
  std::optional<Address> sender;
  Parameters sender_parameters;
  MailReport report;  ///< RET and ENVID (RFC 3461)
  /// SMTPUTF8 (RFC 6531): local parts and header may have UTF-8 in them. Who hands the message on
  /// says so in turn, or refuses it.
  bool smtputf8 = false;
  /// Required by the client; a plugin may require it too, up to the hook queue_pre. Waived is known
  /// when the header has been read. See PluginContext::keeps_require_tls.
  TransportTls transport_tls = TransportTls::usual;
  /// Accepted recipients in the order of their RCPT. One RCPT may have become several (see
  /// PluginContext::replace_recipient), and an address that the client names twice is there twice.
  std::vector<Recipient> recipients;
  /// In the hook rcpt: who becomes a recipient in the place of the one that is asked about, if it
  /// is accepted; empty: that one itself.
  std::vector<Address> instead;
  /// Drops every recipient with this address; how many there were.
  std::size_t remove_recipient(const Address& address);

  HeaderList header;  ///< filled when the header has been read
  Notes notes;
  HookResults results;
  /// Written into the message behind the hook data_post_headers.
  AuthenticationResults authentication_results;
  QueuePlaces places;  ///< said by a queue plugin that accepts the message
  WallTime started{};
  std::vector<io::TempPath> temporary;  ///< removed with the transaction

  /// 1 for the connection's first transaction, then counted up.
  unsigned number() const { return number_; }
  Connection& connection() { return conn_; }
  const Connection& connection() const { return conn_; }
  /// The text after the header and its blank line; lines end in LF.
  Body& body() { return body_; }
  const Body& body() const { return body_; }
  /// Octets of the message as it stands: header, blank line, body.
  std::uint64_t size() const { return header.octets() + 1 + body_.size(); }
  /// The Message-Id with its angle brackets; empty if there is none or if it is none: it has
  /// blanks, or more than 255 octets.
  std::string message_id() const;
  /// What a queue plugin answers: `Queued!`, with the Message-Id if there is one.
  std::string queued_text() const;
  /// `before`, the header, a blank line and the body to `fd`. Errors: io.
  std::expected<void, Error> write_to(int fd, std::string_view before = {}) const;

 private:
  Connection& conn_;
  unsigned number_;
  Body body_;
};

/// A value that starts anew with each transaction: a plugin's own state.
template <class T>
class PerTransaction {
 public:
  /// The value that belongs to `txn`.
  T& operator()(const Transaction& txn) {
    if (number_ != txn.number()) {
      number_ = txn.number();
      value_ = T();
    }
    return value_;
  }

 private:
  unsigned number_ = 0;
  T value_ = T();
};

}  // namespace smtpd

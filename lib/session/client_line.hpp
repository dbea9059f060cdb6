#pragma once
/// The client's line: commands in, replies out, TLS, and how long any of it may take.
#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "lib/base/clock.hpp"
#include "lib/base/error.hpp"
#include "lib/crypto/tls.hpp"
#include "lib/io/channel.hpp"
#include "lib/plugin/connection.hpp"
#include "lib/services/log.hpp"
#include "lib/session/limits.hpp"
#include "lib/smtp/reply.hpp"

namespace smtpd {

struct Verb;

class ClientLine {
 public:
  /// All of it outlives the line.
  struct Parts {
    io::Stream& stream;
    const Clock& clock;
    Log& log;
    const Connection& conn;
  };
  explicit ClientLine(const Parts& parts);

  /// How long one wait for the client may take, and the session that began then. Before, a wait
  /// has the time that Limits has by default, and the session has no end.
  void set_times(const Limits& limits, SteadyTime began);
  /// Of a wait that begins now.
  Deadline deadline() const;

  /// The next line, of at most `most` octets with its line end; see io::Channel::line.
  std::expected<io::Line, Error> line(std::size_t most,
                                      io::Stream::Interrupt interrupt = io::Stream::Interrupt::yes);
  /// A line that is no command, without its end. Errors: timeout, stopped, closed, io; too_long
  /// and syntax, after which the session can go on: the line ends in a bare LF, or none comes since
  /// a chunk does.
  std::expected<std::string, Error> answer();
  /// Octets that have come, see io::Channel::data.
  std::expected<std::span<char>, Error> data() { return channel_.data(deadline()); }
  std::expected<std::span<char>, Error> data(Deadline until) { return channel_.data(until); }
  void consume(std::size_t octets) { channel_.consume(octets); }
  /// Reads over so many octets. Errors: those of data().
  std::expected<void, Error> skip(std::uint64_t octets);
  /// What comes behind the command at hand: BDAT has a chunk of a message follow.
  enum class Next { command, chunk };
  void expect(Next next) { next_ = next; }
  /// True if octets have come that no command has used yet.
  bool has_input() const { return channel_.has_input(); }
  /// See Conversation::client_talks.
  bool client_talks(milliseconds wait);
  /// True if what the client has sent begins with `text`, in any case; a client that is slow has
  /// a second to send all of it.
  bool begins_with(std::string_view text);

  /// Writes a reply, and a line of the log for each of its lines.
  void reply(const Reply& reply, Charset charset);
  /// Sends what was written. Errors: those of io::Channel::flush.
  std::expected<void, Error> flush() { return channel_.flush(deadline()); }
  /// See io::Channel::abandon.
  void abandon(std::string_view last) { channel_.abandon(last, deadline()); }
  /// See io::Stream::part.
  void part() { channel_.part(); }

  /// Logs a command as it came, at the level info; null: of no verb that there is. Neither the
  /// argument of AUTH is shown nor unknown lines behind it: who does not wait for its answer sends
  /// user and password whether they are wanted or not.
  void log_command(std::string_view text, const Verb* verb);

  /// Sends what was written and shakes hands; everything from then on goes through TLS. Returns
  /// what is known of it. Errors: those of TlsAcceptor::accept.
  std::expected<Tls, Error> start_tls(TlsAcceptor& acceptor, milliseconds patience);

 private:
  const Clock& clock_;
  Log& log_;
  const Connection& conn_;
  io::Channel channel_;
  std::unique_ptr<TlsStream> tls_;  // what the channel uses once it is there
  std::string wire_;                // memory for the next reply
  seconds timeout_;
  Deadline session_end_;
  Next next_ = Next::command;
  bool after_auth_ = false;  // what looks like no command may be a password
};

}  // namespace smtpd

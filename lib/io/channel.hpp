#pragma once
/// The client's line: commands in, replies out. Replies collect until the server would wait for
/// input, which is what RFC 2920 asks of a server that offers PIPELINING.
#include <cstddef>
#include <expected>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "lib/base/clock.hpp"
#include "lib/base/error.hpp"
#include "lib/io/stream.hpp"

namespace smtpd::io {

/// A line as it came. The text has no line end and lives until the next read.
struct Line {
  std::string_view text;
  bool crlf = false;  ///< it ended in CRLF; otherwise in a bare LF
  bool too_long =
      false;  ///< it had more octets than asked for; the text is then its beginning or all of it
  std::size_t octets = 0;  ///< on the wire, line end included
};

/// How a TLS handshake begins: the type of its record, and the version (RFC 8446 5.1).
inline constexpr std::string_view tls_handshake = "\x16\x03";

class Channel {
 public:
  explicit Channel(Stream& stream)
      : stream_(&stream), input_(std::make_unique_for_overwrite<char[]>(size_)) {}

  /// The next line, of at most `most` octets with its line end. Errors: timeout, stopped, closed
  /// (end of file; an unfinished line before it is dropped), syntax (it is no line but the
  /// beginning of a TLS handshake, which stays), io.
  std::expected<Line, Error> line(std::size_t most, Deadline deadline,
                                  Stream::Interrupt interrupt = Stream::Interrupt::yes);
  /// Octets of message data, as many as are there; they may be changed in place and are valid until
  /// the next read. consume() says how many were used. Errors: timeout, stopped (a message has a
  /// respite, see Stream::Interrupt), closed, io.
  std::expected<std::span<char>, Error> data(Deadline deadline);
  void consume(std::size_t octets) { begin_ += octets; }

  /// Appends to what goes to the client.
  void write(std::string_view octets, Deadline deadline);
  /// Sends what was written. Errors: timeout, closed, io; they stick.
  std::expected<void, Error> flush(Deadline deadline);
  /// Sends what was written and `last`, without needing memory; then nothing more can be written.
  void abandon(std::string_view last, Deadline deadline);
  /// True once the client can no longer be written to.
  bool broken() const { return broken_; }

  /// Sends what is buffered and listens: true if the client talks within `wait` or has talked
  /// already.
  bool talks_within(Deadline wait, Deadline write_deadline);
  /// True if the input begins with `text`, in any case; waits for so many octets. What has come
  /// stays.
  bool begins_with(std::string_view text, Deadline wait);
  /// Everything from now on goes through `stream`. Only when has_input() is false and all is sent.
  void use(Stream& stream) { stream_ = &stream; }
  Stream& stream() { return *stream_; }
  /// See Stream::part.
  void part() { stream_->part(); }
  /// True if octets are buffered that no command has used yet.
  bool has_input() const { return begin_ < end_; }
  /// Takes them, all that there are; they are valid until the next read.
  std::string_view take_input() {
    const std::string_view taken(input_.get() + begin_, end_ - begin_);
    begin_ = end_;
    return taken;
  }

 private:
  static constexpr std::size_t small_input = 2 * 1024;   // enough for commands
  static constexpr std::size_t large_input = 64 * 1024;  // message data comes in larger pieces
  static constexpr std::size_t output_limit = 16 * 1024;

  std::expected<void, Error> fill(Deadline deadline, Stream::Interrupt interrupt);

  void make_room();

  Stream* stream_;
  std::size_t size_ = small_input;
  std::unique_ptr<char[]> input_;    // of size_; not cleared
  std::size_t begin_ = 0, end_ = 0;  // the octets of input_ that wait to be used
  std::string head_;                 // the beginning of a line that did not fit into input_
  std::string output_;
  bool filled_ = false;  // the last read took all the room that there was
  bool broken_ = false;
};

}  // namespace smtpd::io

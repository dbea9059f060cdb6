#include "lib/io/channel.hpp"

#include <algorithm>
#include <cstring>

#include "lib/base/text.hpp"

namespace smtpd::io {
namespace {

constexpr std::size_t kept_of_long_line = 64;  // enough to tell its verb

}  // namespace

std::expected<void, Error> Channel::flush(Deadline deadline) {
  if (broken_) return std::unexpected(Error{Errc::closed, "the client is gone"});
  if (output_.empty()) return {};
  auto sent = stream_->write(output_, deadline);
  output_.clear();
  if (!sent) broken_ = true;
  return sent;
}

void Channel::abandon(std::string_view last, Deadline deadline) {
  if (flush(deadline)) [[maybe_unused]]
    const auto sent = stream_->write(last, deadline);
  broken_ = true;
  part();
}

void Channel::write(std::string_view octets, Deadline deadline) {
  if (output_.empty()) output_.reserve(512);  // EHLO's answer and all of a short session's
  output_ += octets;
  // A client that pipelines without end must not make the buffer grow without end.
  // If that fails, the failure sticks and ends the session at its next read.
  if (output_.size() >= output_limit) [[maybe_unused]]
    const auto sent = flush(deadline);
}

// The unused octets go to the front; a buffer that is full of them grows.
void Channel::make_room() {
  const std::size_t unused = end_ - begin_;
  if (unused == size_) {
    auto larger = std::make_unique_for_overwrite<char[]>(large_input);
    std::copy_n(input_.get() + begin_, unused, larger.get());
    input_ = std::move(larger);
    size_ = large_input;
  } else if (begin_ > 0) {
    std::memmove(input_.get(), input_.get() + begin_, unused);
  }
  begin_ = 0;
  end_ = unused;
}

std::expected<void, Error> Channel::fill(Deadline deadline, Stream::Interrupt interrupt) {
  if (begin_ == end_) begin_ = end_ = 0;
  if (end_ == size_) make_room();
  // What filled the buffer is probably followed by more of the same group of commands. Its replies
  // leave together: in two parts the second would wait for the client's acknowledgement, which may
  // be delayed.
  const bool more = filled_ && !broken_ && !output_.empty() &&
                    stream_->wait_for_input(Deadline::at(SteadyTime())) == Input::data;
  if (!more) {
    if (const auto sent = flush(deadline); !sent) return sent;
  }
  const std::size_t room = size_ - end_;
  const auto got = stream_->read(std::span(input_.get() + end_, room), deadline, interrupt);
  if (!got) return std::unexpected(got.error());
  if (*got == 0) return std::unexpected(Error{Errc::closed, "end of file"});
  filled_ = *got == room;
  end_ += *got;
  return {};
}

std::expected<Line, Error> Channel::line(std::size_t most, Deadline deadline,
                                         Stream::Interrupt interrupt) {
  most = std::min(most, large_input);
  std::size_t searched = 0;
  std::size_t dropped = 0;  // octets of a line that is too long
  bool dropped_cr = false;  // the last of them
  while (true) {
    const char* const from = input_.get() + begin_;
    const std::size_t available = end_ - begin_;
    // A client that waits for an answer to it sends no line end.
    if (dropped == 0 && std::string_view(from, available).starts_with(tls_handshake))
      return std::unexpected(Error{Errc::syntax, "a TLS handshake in place of a line"});
    const void* const found = std::memchr(from + searched, '\n', available - searched);
    if (found) {
      const auto length = static_cast<std::size_t>(static_cast<const char*>(found) - from) + 1;
      begin_ += length;
      Line line{.text = {from, length - 1}, .octets = dropped + length};
      line.crlf = line.text.empty() ? dropped_cr : line.text.ends_with('\r');
      if (line.text.ends_with('\r')) line.text.remove_suffix(1);
      line.too_long = line.octets > most;
      if (dropped > 0) line.text = head_;
      return line;
    }
    searched = available;
    if (available >= most) {  // its end is still to come, but it is too long already
      if (dropped == 0) head_.assign(from, std::min(available, kept_of_long_line));
      dropped += available;
      dropped_cr = input_[end_ - 1] == '\r';
      begin_ = end_;
      searched = 0;
    }
    if (auto filled = fill(deadline, interrupt); !filled) return std::unexpected(filled.error());
  }
}

std::expected<std::span<char>, Error> Channel::data(Deadline deadline) {
  if (begin_ == end_) {
    // A piece that filled the small buffer is followed by more.
    if (size_ == small_input && end_ == size_) {
      input_ = std::make_unique_for_overwrite<char[]>(large_input);
      size_ = large_input;
    }
    if (auto filled = fill(deadline, Stream::Interrupt::late); !filled)
      return std::unexpected(filled.error());
  }
  return std::span(input_.get() + begin_, end_ - begin_);
}

bool Channel::begins_with(std::string_view text, Deadline wait) {
  while (end_ - begin_ < text.size()) {
    if (!fill(wait, Stream::Interrupt::yes)) return false;
  }
  return equal_ignoring_case({input_.get() + begin_, text.size()}, text);
}

bool Channel::talks_within(Deadline wait, Deadline write_deadline) {
  if (has_input()) return true;
  if (!flush(write_deadline)) return false;
  return stream_->wait_for_input(wait) == Input::data;
}

}  // namespace smtpd::io

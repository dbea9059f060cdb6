#include "lib/mail/mime.hpp"

#include <utility>

#include "lib/base/text.hpp"

namespace smtpd {
namespace {

// A boundary has 70 octets at most (RFC 2046 5.1.1), some have more; what is longer is none, and is
// handed on in pieces.
constexpr std::size_t longest_line = 1000;

bool is_message(std::string_view type) {
  return type == "message/rfc822" || type == "message/global" || type == "message/news";
}

/// `line` without its LF and the blanks before that (RFC 2046 5.1.1: transport padding).
std::string_view without_padding(std::string_view line) {
  while (!line.empty() && (is_blank(line.back()) || line.back() == '\n' || line.back() == '\r'))
    line.remove_suffix(1);
  return line;
}

}  // namespace

MimeReader::MimeReader(const HeaderList& header, MimeSink sink) : sink_(std::move(sink)) {
  begin(header, {});
}

void MimeReader::feed(std::string_view text) {
  while (!text.empty()) {
    const auto lf = text.find('\n');
    const std::string_view line = text.substr(0, lf == text.npos ? lf : lf + 1);
    text.remove_prefix(line.size());
    if (lf != text.npos && line_.empty()) {
      take_line(line);
      continue;
    }
    line_ += line;
    if (lf == text.npos && line_.size() < longest_line) return;
    take_line(std::exchange(line_, {}));
  }
}

void MimeReader::finish() {
  if (!line_.empty()) take_line(std::exchange(line_, {}));
  if (state_ == State::header) end_header();
  // The last line end belongs to the text.
  if (line_end_held_ && state_ == State::content) sink_.content(decoder_.decode("\n"));
  end_part();
}

void MimeReader::take_line(std::string_view line) {
  const bool whole = at_line_start_;
  at_line_start_ = line.ends_with('\n');
  if (whole && line.starts_with("--") && take_boundary(without_padding(line))) return;
  switch (state_) {
    case State::header: take_header(line); break;
    case State::content: take_content(line); break;
    case State::unwanted: break;
  }
}

bool MimeReader::take_boundary(std::string_view line) {
  for (std::size_t i = levels_.size(); i-- > 0;) {
    const std::string& boundary = levels_[i].boundary;
    if (boundary.empty() || !line.starts_with(boundary)) continue;
    const std::string_view rest = line.substr(boundary.size());
    if (!rest.empty() && rest != "--") continue;
    // Boundaries in a row are one, also if the last one is the end: some readers have it so.
    const bool is_repeated =
        state_ == State::header && header_octets_ == 0 && i + 1 == levels_.size();
    if (is_repeated) return true;
    if (state_ == State::header) end_header();
    end_part();
    levels_.erase(levels_.begin() + static_cast<std::ptrdiff_t>(i) + 1, levels_.end());
    if (rest.empty()) {
      begin_header();
    } else {
      begin_part({.outside = true});
    }
    return true;
  }
  return false;
}

void MimeReader::take_header(std::string_view line) {
  header_octets_ += line.size();
  const std::size_t taken = header_reader_->feed(line);
  if (!header_reader_->done() && header_octets_ <= max_header) return;
  end_header();
  const std::string_view rest = line.substr(taken);
  if (rest.empty()) return;
  if (state_ == State::header) take_header(rest);
  if (state_ == State::content) take_content(rest);
}

void MimeReader::end_header() {
  if (!header_reader_->done()) header_reader_->finish();
  const std::string overrun = header_reader_->take_overrun();
  ContentType usual;
  if (levels_.back().digest) usual.type = "message/rfc822";  // RFC 2046 5.1.5
  begin(header_reader_->take(), std::move(usual));
  if (!overrun.empty() && state_ == State::header) take_header(overrun);
  if (!overrun.empty() && state_ == State::content) take_content(overrun);
}

void MimeReader::take_content(std::string_view line) {
  if (line_end_held_) sink_.content(decoder_.decode("\n"));
  line_end_held_ = line.ends_with('\n');
  if (line_end_held_) line.remove_suffix(1);
  if (const std::string text = decoder_.decode(line); !text.empty()) sink_.content(text);
}

void MimeReader::begin(const HeaderList& header, ContentType usual) {
  const auto type = header.get("Content-Type");
  const MimePart part{
      .content = type ? parse_content_type(*type) : std::move(usual),
      .encoding = to_transfer_encoding(header.get("Content-Transfer-Encoding").value_or(""))};
  const std::string& name = part.content.type;
  if (is_message(name)) return enter({.boundary = {}, .digest = false});
  if (!name.starts_with("multipart/")) return begin_part(part);
  const std::string_view boundary = without_padding(part.content.parameter("boundary"));
  if (boundary.empty()) return begin_part({.encoding = part.encoding});
  enter({.boundary = "--" + std::string(boundary), .digest = name == "multipart/digest"});
}

void MimeReader::enter(Level level) {
  if (levels_.size() >= max_depth) {
    too_deep_ = true;
    state_ = State::unwanted;
    return;
  }
  const bool is_multipart = !level.boundary.empty();
  levels_.push_back(std::move(level));
  if (is_multipart) {
    begin_part({.outside = true});
  } else {
    begin_header();
  }
}

void MimeReader::begin_header() {
  state_ = State::header;
  header_reader_.emplace(SIZE_MAX);
  header_octets_ = 0;
}

void MimeReader::begin_part(const MimePart& part) {
  decoder_ = TransferDecoder(part.encoding);
  line_end_held_ = false;
  state_ = sink_.begin(part) ? State::content : State::unwanted;
}

void MimeReader::end_part() {
  if (state_ == State::content) {
    if (const std::string rest = decoder_.finish(); !rest.empty()) sink_.content(rest);
    sink_.end();
  }
  line_end_held_ = false;
  state_ = State::unwanted;
}

}  // namespace smtpd

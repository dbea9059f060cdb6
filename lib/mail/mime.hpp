#pragma once
/// The parts of a message (RFC 2045, 2046), walked through while its text is read: nothing is kept
/// but one line and the boundaries.
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/export.hpp"
#include "lib/mail/header_list.hpp"
#include "lib/mail/transfer_encoding.hpp"

namespace smtpd {

/// What a Content-Type field says (RFC 2045 5), its parameters joined and decoded as RFC 2231 has
/// it.
struct SMTPD_API ContentType {
  struct Parameter {
    std::string name = {};  ///< lower case
    std::string value = {};
  };
  std::string type = "text/plain";  ///< with its subtype, lower case
  std::vector<Parameter> parameters = {};

  /// The first of that name, or an empty text.
  std::string_view parameter(std::string_view name) const;
};

/// Reads the value of a field. One that cannot be read is `text/plain`, as RFC 2045 5.2 has it.
SMTPD_API ContentType parse_content_type(std::string_view value);

/// A part that has no parts of its own.
struct MimePart {
  ContentType content = {};
  TransferEncoding encoding = TransferEncoding::identity;
  bool outside = false;  ///< no part: what stands before the first boundary or after the last one
};

/// What is done with the parts. All are called in the order of the text.
struct MimeSink {
  /// A part begins; true if its content is wanted. A multipart that has no boundary is handed in as
  /// `text/plain`.
  std::function<bool(const MimePart& part)> begin;
  /// A piece of its content, decoded.
  std::function<void(std::string_view piece)> content;
  std::function<void()> end;
};

/// Takes the text of a message apart. The line end before a boundary belongs to the boundary.
class SMTPD_API MimeReader {
 public:
  static constexpr std::size_t max_depth = 10;       ///< parts in parts; message/rfc822 counts
  static constexpr std::size_t max_header = 65'536;  ///< octets of a part's header

  /// `header`: of the message.
  MimeReader(const HeaderList& header, MimeSink sink);
  /// The next piece of the text after the header; lines end in LF.
  void feed(std::string_view text);
  /// The end of the message.
  void finish();
  /// True if parts were left out, since they are too deep in others.
  bool too_deep() const { return too_deep_; }

 private:
  /// A multipart, or a message in a part, which has no boundary.
  struct Level {
    std::string boundary;  ///< with `--` in front
    bool digest = false;   ///< its parts are messages if they do not say otherwise
  };
  enum class State { header, content, unwanted };

  void take_line(std::string_view line);
  /// True if the line is a boundary; then what it ends has ended and what it begins has begun.
  bool take_boundary(std::string_view line);
  void take_header(std::string_view line);
  void take_content(std::string_view line);
  void end_header();
  /// `usual`: the type of a part that does not say.
  void begin(const HeaderList& header, ContentType usual);
  void begin_part(const MimePart& part);
  void begin_header();
  void end_part();
  void enter(Level level);

  MimeSink sink_;
  std::vector<Level> levels_;
  State state_ = State::unwanted;
  std::string line_;  ///< the beginning of a line whose rest is to come
  bool at_line_start_ = true;
  bool line_end_held_ = false;  ///< it may belong to a boundary
  bool too_deep_ = false;
  std::size_t header_octets_ = 0;
  std::optional<HeaderReader> header_reader_;
  TransferDecoder decoder_;
};

}  // namespace smtpd

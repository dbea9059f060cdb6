#pragma once
/// The header section of a message: fields in order, each with its original text, and how it is
/// read (RFC 5322 2.2).
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/export.hpp"
#include "lib/base/utf8.hpp"

namespace smtpd {

/// The fields. Names are compared without regard to case; views are valid until the list changes.
/// What code hands in is made harmless: a name's octets that may not be in one become '-'; in a
/// value an LF before a blank or tab is a fold and stays, any other LF becomes a blank, any other
/// control octet but tab a '?'. What is added is ASCII, or UTF-8 where set_charset() allows it (RFC
/// 6532): octets that are not become '?'. What takes the place of a field that the sender wrote may
/// have whatever octets that had.
class SMTPD_API HeaderList {
 public:
  std::size_t size() const { return fields_.size(); }
  std::string_view name(std::size_t i) const;  ///< as written
  std::string_view value(
      std::size_t i) const;  ///< what follows the colon and its blanks; folds kept, no final LF
  std::string_view field(std::size_t i) const;  ///< the whole text, ends in LF
  bool is_added(std::size_t i) const;           ///< the sender did not write it
  /// The value of the first field of that name.
  std::optional<std::string_view> get(std::string_view name) const;
  /// The same as a reader sees it: UTF-8 in one line, encoded words decoded, bounded; see
  /// header_text().
  std::optional<std::string> text(std::string_view name) const;
  /// The values of all fields of that name, from the top.
  std::vector<std::string_view> get_all(std::string_view name) const;

  /// Of what is added from here on; ASCII unless the transaction has SMTPUTF8.
  void set_charset(Charset charset) { charset_ = charset; }
  /// On top of everything.
  void add_front(std::string_view name, std::string_view value);
  void add_back(std::string_view name, std::string_view value);
  /// Below what was added to the front, above everything the sender wrote (a Received field, RFC
  /// 5321 4.4).
  void add_above_sender(std::string_view name, std::string_view value);
  /// Puts the field in the place of the first of that name and removes the others; at the end if
  /// there was none.
  void replace(std::string_view name, std::string_view value);
  /// Removes all of that name; how many.
  std::size_t remove(std::string_view name);
  /// Removes all for which `unwanted` is true; how many.
  std::size_t remove_if(
      const std::function<bool(std::string_view name, std::string_view value)>& unwanted);

  /// The size of what append_to() appends.
  std::size_t octets() const;
  /// The section without the blank line that ends it.
  void append_to(std::string& out) const;

 private:
  friend class HeaderReader;
  struct Field {
    std::string text;             ///< with its folds; ends in LF
    std::size_t name_length = 0;  ///< the colon is there, or after blanks
    bool added = false;
    std::string_view name() const { return std::string_view(text).substr(0, name_length); }
    std::string_view value() const;
  };
  static Field make_field(std::string_view name, std::string_view value);
  Field added_field(std::string_view name, std::string_view value) const;
  void insert(std::size_t at, Field field);

  std::vector<Field> fields_;
  Charset charset_ = Charset::ascii;
  std::size_t added_front_ = 0;  ///< so many of the first fields are add_front's
};

/// Takes the header section off the front of decoded message text, handed in in pieces of any size.
/// An empty line ends the section and belongs to it; the first line that is neither a field nor a
/// continuation of one begins the body, so that nothing of it is lost. A field may have blanks
/// before its colon (RFC 5322 4.5). A first line that begins with `From ` or `>From ` and is no
/// field, as mbox files have one, stays as a field X-Mailbox-Line (the name is Postfix's).
class SMTPD_API HeaderReader {
 public:
  /// `max_octets`: of all fields together.
  explicit HeaderReader(std::size_t max_octets) : max_octets_(max_octets) {}
  /// Octets of `text` that belong to the header (with the blank line); fewer than all of them means
  /// done.
  std::size_t feed(std::string_view text);
  /// The body begins: with take_overrun(), then with what feed() left of its text.
  bool done() const { return state_ == State::done; }
  /// More than max_octets: everything further is swallowed, for 552 5.3.4.
  bool too_long() const { return state_ == State::too_long; }
  /// Text that was counted as header but began a line that is no field; usually empty. Once, after
  /// done().
  std::string take_overrun();
  /// The end of the message came before any blank line.
  void finish();
  HeaderList take();

 private:
  enum class State { line_start, in_name, after_name, in_line, done, too_long };

  std::size_t start_line(std::string_view text);
  std::size_t read_name(std::string_view text);
  std::size_t read_colon(std::string_view text);
  std::size_t read_line(std::string_view text);
  /// Whether name_ begins a line of an mbox file.
  bool is_mailbox_line() const;
  void begin_field(std::size_t name_length);
  bool fits(std::size_t more);

  std::size_t max_octets_;
  std::size_t octets_ = 0;  ///< in list_ and name_
  State state_ = State::line_start;
  std::string name_;             ///< the beginning of a line that may become a field
  std::size_t name_length_ = 0;  ///< in name_; blanks follow
  HeaderList list_;
};

}  // namespace smtpd

#pragma once
/// A tree of maildirs with one for each recipient: which directory is whose.
#include <expected>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/error.hpp"
#include "lib/base/export.hpp"
#include "lib/services/services.hpp"

namespace smtpd {

/// Recipients that differ never have the same directory as far as the pattern tells them apart, and
/// a recipient has the same one in whatever case he is written.
class SMTPD_API MaildirTree {
 public:
  struct Rules {
    bool keeps_case = false;     ///< local parts that differ in case are different recipients
    bool qpsmtpd_names = false;  ///< qpsmtpd's directories: case kept, `_` for what is not harmless
  };
  /// Whose directory it is; views.
  struct Owner {
    std::string_view user, host;   ///< the local part without quotes; the domain in lower case
    std::string_view detail = {};  ///< of the local part, which is `user` without it then
  };

  /// `pattern` is the path below `directory`: `%l` stands for the local part, `%d` for the domain,
  /// `%u` for both with `@`, and `.%e`, a part of its own, for the folder of a detail. Throws
  /// ConfigError.
  MaildirTree(std::string directory, std::string_view pattern, const Rules& rules);

  /// The directory, which need not exist: of letters, digits, `+_.,@=-` and UTF-8, and `%XX` for
  /// all other octets. Names of more than 200 octets are cut, with a SHA-256 of the whole. One that
  /// exists and is called exactly as the recipient is written is taken as it is. The folder of a
  /// detail is left out unless it is there: anybody can invent details. Errors: those of the
  /// cryptography.
  std::expected<std::string, Error> directory_of(const Owner& owner, CryptoSource& crypto) const;
  /// A directory beside his that may hold earlier mail of his: of another case, or of the name that
  /// qpsmtpd gives it.
  std::optional<std::string> twin_of(const Owner& owner, CryptoSource& crypto) const;
  /// The directories below that are there: those of recipients, and those on the way to them.
  std::vector<std::string> existing() const;
  /// Hands each directory that mail may be missed in to `tell`, with the reason; at most 20.
  void check(const std::function<void(const std::string&)>& tell) const;

 private:
  struct Part {
    std::string written;  // as the recipient is written, which may lead anywhere
    std::string name;     // harmless, but of any length
  };
  Part fill(std::string_view part, const Owner& owner) const;
  std::expected<std::string, Error> name_in(const std::string& parent, const Part& part,
                                            CryptoSource& crypto) const;
  std::vector<std::string> warnings_about(const std::string& directory) const;

  std::string directory_;
  std::vector<std::string> parts_;
  Rules rules_;
};

}  // namespace smtpd

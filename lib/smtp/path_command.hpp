#pragma once
/// The argument of MAIL and RCPT (RFC 5321 4.1.1.2, 4.1.1.3, 4.1.2).
#include <cstddef>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/error.hpp"
#include "lib/base/export.hpp"

namespace smtpd {

/// An ESMTP parameter such as SIZE=1000.
struct Parameter {
  std::string keyword;               ///< lower case
  std::optional<std::string> value;  ///< as sent; none without '='
};

/// The parameters of a command in the order in which they were sent.
class SMTPD_API Parameters {
 public:
  void add(Parameter parameter);
  /// That parameter, or nullptr; valid until the list changes.
  const Parameter* find(std::string_view lower_case_keyword) const;
  auto begin() const { return list_.begin(); }
  auto end() const { return list_.end(); }
  bool empty() const { return list_.empty(); }
  std::size_t size() const { return list_.size(); }

 private:
  std::vector<Parameter> list_;
};

struct PathCommand {
  std::string
      path;  ///< as sent, with its brackets if it has any; Address decides whether it is valid
  Parameters parameters;
  std::string path_as_sent = {};  ///< where a plugin has rewritten the path; else empty
};

/// Parses what follows the verb; `keyword` is FROM or TO. Errors: syntax; the text is for the
/// client.
SMTPD_API std::expected<PathCommand, Error> parse_path_command(std::string_view argument,
                                                               std::string_view keyword);

}  // namespace smtpd

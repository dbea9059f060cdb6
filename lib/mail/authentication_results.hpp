#pragma once
/// What checks of a message's origin have found out (RFC 8601): SPF, DKIM, DMARC, ARC and others.
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace smtpd {

/// `method=result (comment) reason="..." ptype.property=value`.
struct AuthenticationResult {
  std::string method;        ///< `spf`, `dkim`; a keyword
  std::string result;        ///< `pass`, `temperror`; a keyword
  std::string comment = {};  ///< without its parentheses; empty: none
  std::string reason = {};   ///< empty: none
  struct Property {
    std::string name;   ///< `smtp.mailfrom`, `header.d`
    std::string value;  ///< as it is; quoted when it is written
  };
  std::vector<Property> properties = {};
};

/// The results of one connection or of one transaction, in the order in which they were added.
class AuthenticationResults {
 public:
  static constexpr std::size_t most = 100;
  /// What is added behind `most` others is left out.
  void add(AuthenticationResult result) {
    if (list_.size() < most) list_.push_back(std::move(result));
  }
  auto begin() const { return list_.begin(); }
  auto end() const { return list_.end(); }

 private:
  std::vector<AuthenticationResult> list_;
};

}  // namespace smtpd

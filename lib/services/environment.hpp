#pragma once
/// The environment variables of the process that a super-server made, or those of a test.
#include <cstdlib>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace smtpd {

class Environment {
 public:
  /// The process's own variables.
  Environment() = default;
  /// Exactly these.
  explicit Environment(std::map<std::string, std::string> variables)
      : variables_(std::move(variables)) {}

  /// The variable's value, empty or not; none if it is not set. The view lives as long as the
  /// environment.
  std::optional<std::string_view> get(const char* name) const {
    if (!variables_) {
      const char* value = std::getenv(name);
      return value ? std::optional<std::string_view>(value) : std::nullopt;
    }
    const auto found = variables_->find(name);
    return found == variables_->end() ? std::nullopt
                                      : std::optional<std::string_view>(found->second);
  }

 private:
  std::optional<std::map<std::string, std::string>> variables_;
};

}  // namespace smtpd

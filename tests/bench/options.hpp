#pragma once
/// Command line of the benchmark's tool, and what its subcommands share.

#include <cstddef>
#include <map>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

namespace smtpd::bench {

struct UsageError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// `--name value` pairs; the words from the first other one or after `--` are the rest.
class Options {
 public:
  /// Throws UsageError for a name that is not among `known`, or without a value.
  Options(std::span<char* const> words, std::span<const std::string> known);

  /// Throw UsageError where the value is not a positive number.
  double number(const std::string& name, double fallback) const;
  std::size_t count(const std::string& name, std::size_t fallback) const;
  std::string text(const std::string& name, const std::string& fallback) const;

  const std::vector<std::string>& rest() const { return rest_; }

 private:
  std::map<std::string, std::string> values_;
  std::vector<std::string> rest_;
};

/// The median; the vector's order is lost. 0 for an empty one.
double median(std::vector<double>& values);

/// The subcommands: each takes the words after its name, prints its result, returns the exit code.
int run_traffic(std::span<char* const> words);
int run_start(std::span<char* const> words);
int run_idle(std::span<char* const> words);
int run_dns(std::span<char* const> words);
int run_ports(std::span<char* const> words);
int run_table(std::span<char* const> words);

}  // namespace smtpd::bench

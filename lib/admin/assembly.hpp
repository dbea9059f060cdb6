#pragma once
/// A configuration as a session would load it, for an administrator to look at.
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "lib/host/host.hpp"
#include "lib/server/setup.hpp"

namespace smtpd {

/// Takes what is logged and keeps nothing.
class Nowhere final : public LogSink {
 public:
  void write(std::string_view) override {}
};

class Assembly {
 public:
  /// Loads every plugin; what fails is among problems(), and the rest is loaded all the same.
  Assembly(const Options& options, Services& services);

  Places& places() { return places_; }
  Config& config() { return config_; }
  Host& host() { return host_; }
  Connection& connection() { return conn_; }
  /// Every key that was asked for so far, and every file of the directory that was read.
  const std::set<std::string, std::less<>>& asked() const { return asked_; }

  /// What is wrong, a line each, in the order in which it was found: what was logged at ERROR and
  /// above, and what was added here. A line that says the same with fewer words is left out.
  const std::vector<std::string>& problems() const { return problems_; }
  /// What may be meant that way: what was logged at WARN, and what was added here.
  const std::vector<std::string>& remarks() const { return remarks_; }
  void add_problem(std::string text) { add(problems_, std::move(text)); }
  void add_remark(std::string text) { add(remarks_, std::move(text)); }

 private:
  static void add(std::vector<std::string>& lines, std::string text);
  void load();

  std::vector<std::string> problems_, remarks_;
  std::set<std::string, std::less<>> asked_;
  Places places_;
  Nowhere nowhere_;
  Services services_;  // whose log nobody reads
  Log log_;
  Config config_;
  Connection conn_;
  Host host_;
};

/// Where the modules of this binary are; empty if that is unknown.
std::string module_directory();
/// The shared object that a plugin's description is in; empty for a built-in one.
std::string file_of(const PluginDescription& description);
/// True if a built-in plugin has that name.
bool is_built_in(std::string_view file_name);

/// `; did you mean ...?` with the nearest of `words`, or nothing.
std::string did_you_mean(std::string_view word, std::span<const std::string_view> words);

}  // namespace smtpd

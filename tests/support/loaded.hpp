#pragma once
/// Plugins with a configuration and a client, for unit tests that run hooks without a session.
#include <map>
#include <string>
#include <string_view>

#include "lib/host/host.hpp"
#include "tests/support/closed_services.hpp"
#include "tests/support/folder.hpp"

namespace smtpd::transcript {

class Loaded {
 public:
  /// Loads `plugins`, lines of that file; `others` are further files of the configuration, by name.
  /// Test plugins are found. What cannot be loaded is thrown.
  explicit Loaded(const std::string& plugins,
                  const std::map<std::string, std::string>& others = {});

  Host& host() { return host_; }
  const Host& host() const { return host_; }
  Connection& conn() { return conn_; }
  /// The path of a configuration file.
  std::string path(const std::string& name) const { return folder_.path() + '/' + name; }
  /// What was logged, lines end in LF.
  const std::string& log() const { return lines_.all; }
  bool logged(std::string_view text) const { return log().find(text) != std::string::npos; }

 private:
  class Lines final : public LogSink {
   public:
    void write(std::string_view line) override { all.append(line) += '\n'; }
    std::string all;
  };

  /// The machine's, but for log and DNS.
  Services services_of(const Services& machine) {
    return {machine.clock,    machine.environment, lines_, machine.dialer,
            machine.programs, machine.crypto,      dns_};
  }

  Folder folder_;
  SystemServices machine_;
  Lines lines_;
  NoDns dns_{machine_.services().clock};
  Services services_{services_of(machine_.services())};
  Connection conn_;
  Log log_{lines_, services_.clock};
  Config config_{folder_.path(), {}, log_};
  Host host_{{config_, log_, services_, conn_, {}}};
};

}  // namespace smtpd::transcript

#pragma once
/// What surrounds the sessions of one transcript: its folder, configuration, environment, options
/// and variables.
#include <map>
#include <string>
#include <vector>

#include "tests/support/dns_script.hpp"
#include "tests/support/dns_server.hpp"
#include "tests/support/peer.hpp"
#include "tests/support/peer_ports.hpp"
#include "tests/support/program.hpp"
#include "tests/support/tls_client.hpp"
#include "tests/support/transcript.hpp"

namespace smtpd::transcript {

struct Setting {
  /// Makes the configuration and the spool under `tmp`, which exists and is empty. Errors: line 0.
  static std::expected<Setting, Problem> create(std::string tmp, const Transcript& transcript);

  /// Does what [certificate], [config], [file], [map], [env], [options] and [exit] say; the other
  /// kinds change nothing.
  Checked apply(const Section& section);
  /// `path` with its variables replaced, and under $TMP if it is relative.
  std::expected<std::string, std::string> path(const std::string& path) const;
  std::string config_dir() const { return tmp + "/config"; }

  std::string tmp;        ///< $TMP
  std::string directory;  ///< of the transcript, for C<
  Variables variables = {};
  std::map<std::string, std::string> environment = {};
  std::vector<Option> options = {};
  bool stdin_is_file = false;
  int exit_code = 0;
  PeerPorts ports = {};                                ///< of peers; each is the value of its name
  std::vector<PeerScript> peers = {};                  ///< of the next session
  DnsPort dns_port = {};                               ///< the value of dns
  std::optional<DnsScript> dns = {};                   ///< none: nobody may ask
  std::map<std::string, ProgramScript> programs = {};  ///< by their paths
  mutable TlsSessions tls_sessions = {};  ///< of T: resume=NAME, from one session to the next

 private:
  Checked make_certificate_of(const Section& section) const;
  Checked make_map_of(const Section& section) const;
  Checked write(const Section& section, const std::string& path) const;
  Checked set_environment(const Section& section);
  Checked set_options(const Section& section);
  Checked place_peer(const Section& section);
  Checked add_peer(const Section& section);
  Checked add_program(const Section& section);
  Checked set_dns(const Section& section);
};

}  // namespace smtpd::transcript

#pragma once
/// The fake DNS on the loopback, UDP and TCP, in a thread of its own.
#include <list>
#include <memory>
#include <thread>
#include <vector>

#include "lib/base/unique_fd.hpp"
#include "tests/support/fake_dns.hpp"

namespace smtpd::transcript {

/// The port of a fake DNS, kept from other programs from the beginning of a file to its end.
class DnsPort {
 public:
  /// Errors: a sentence.
  static std::expected<DnsPort, std::string> reserve();
  std::uint16_t port() const { return port_; }
  /// A socket that gets what is sent there: datagrams that nobody has read are in it.
  int udp() const { return udp_.get(); }

 private:
  UniqueFd udp_, tcp_;  // tcp_ never listens: another one does, or whoever connects is refused
  std::uint16_t port_ = 0;
};

class DnsServer {
 public:
  /// Errors: a sentence.
  static std::expected<std::unique_ptr<DnsServer>, std::string> start(DnsScript script,
                                                                      const DnsPort& port);
  ~DnsServer();
  DnsServer(const DnsServer&) = delete;
  DnsServer& operator=(const DnsServer&) = delete;
  /// Ends it, when the session is over. What was asked is in dns() then.
  void finish();
  const FakeDns& dns() const { return dns_; }

 private:
  struct Answer;  // on its way
  struct Line;    // a connection by TCP

  DnsServer(DnsScript script, int udp);
  void run();
  int patience() const;
  void take_datagram();
  void take_connection();
  bool take_octets(Line& line);
  void send_due();

  FakeDns dns_;
  int udp_;
  UniqueFd listener_, stop_;
  std::list<Line> lines_;
  std::list<Answer> answers_;
  std::thread thread_;
};

/// Datagrams that have come there and were read by nobody. Empty: none; else the first question.
std::string unread_question(const DnsPort& port);

}  // namespace smtpd::transcript

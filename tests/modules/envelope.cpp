/// Writes into the log, at the queue, what the envelope says besides its addresses.
#include <array>

#include "lib/plugin/plugin.hpp"

using namespace smtpd;

namespace {

class Envelope final : public Plugin {
 public:
  explicit Envelope(PluginContext& ctx) : Plugin(ctx) { ctx.keep_require_tls(); }

  Result on_queue(Transaction& txn) {
    constexpr std::array tls{"usual", "required", "waived"};
    constexpr std::array returns{"nothing", "full", "headers"};
    log(Level::info, "ret " + std::string(returns[static_cast<std::size_t>(txn.report.ret)]) +
                         " envid '" + txn.report.envelope_id + '\'');
    log(Level::info, std::string("smtputf8 ") + (txn.smtputf8 ? "yes" : "no") + " tls " +
                         tls[static_cast<std::size_t>(txn.transport_tls)]);
    if (const auto subject = txn.header.text("Subject")) log(Level::info, "subject " + *subject);
    for (const Recipient& rcpt : txn.recipients) {
      const RecipientReport& report = rcpt.report;
      std::string text = rcpt.address.text() + " notify";
      if (report.never) text += " never";
      if (report.success) text += " success";
      if (report.failure) text += " failure";
      if (report.delay) text += " delay";
      if (!report.said) text += " unsaid";
      if (rcpt.as_sent() != rcpt.address) text += " sent to " + rcpt.as_sent().text();
      log(Level::info,
          text + " orcpt " + report.original_type + " '" + report.original_address + '\'');
    }
    return declined();
  }
};

}  // namespace

SMTPD_PLUGIN(Envelope, "envelope", queue)

/// Logs every hook with its arguments as `saw HOOK ...`, and changes nothing. At the end it logs
/// the order of the hooks as one line. Arguments: `result PLUGIN` logs that plugin's results, `note
/// NAME` that note (each may be repeated), both when a transaction ends and when the connection
/// ends; `logging 1` takes part in logging as well.
#include "lib/plugin/plugin.hpp"

using namespace smtpd;

namespace {

std::string quoted(std::string_view text) { return '\'' + std::string(text) + '\''; }

std::string text_of(const Parameters& parameters) {
  std::string text;
  for (const Parameter& parameter : parameters) {
    text += ' ' + parameter.keyword;
    if (parameter.value) text += '=' + *parameter.value;
  }
  return text;
}

std::string text_of(const CommandLine& command) {
  return quoted(command.verb) + ' ' + quoted(command.rest);
}

std::string text_of(const Hello& hello) {
  std::string text = hello.host;
  for (const std::string& word : hello.words) text += ' ' + word;
  return text;
}

std::string text_of(const Transaction& txn) {
  return "sender " + (txn.sender ? txn.sender->text() : "none") + " recipients " +
         std::to_string(txn.recipients.size()) + " fields " + std::to_string(txn.header.size()) +
         " body " + std::to_string(txn.body().size());
}

std::string text_of(const Result& result) {
  return std::string(to_string(result.verdict)) +
         (result.text.empty() ? "" : ' ' + quoted(result.text));
}

class Recorder final : public Plugin {
 public:
  explicit Recorder(PluginContext& ctx) : Plugin(ctx) {
    for (const std::string_view name : ctx.args.all("result")) results_.emplace_back(name);
    for (const std::string_view name : ctx.args.all("note")) notes_.emplace_back(name);
    if (!ctx.args.flag("logging", false)) ctx.skip(Hook::logging);
  }

  Logged on_logging(const LogRecord& record) {
    std::string line = "saw logging " + std::to_string(static_cast<int>(record.level));
    line.append(" (")
        .append(record.hook)
        .append(") ")
        .append(record.plugin)
        .append(": ")
        .append(record.text);
    ctx().services().log.write(line);
    return Logged::next;
  }
  void on_check() { saw(Hook::check, {}); }
  std::optional<Lines> on_config(std::string_view key) {
    log(Level::info, "saw config " + std::string(key));
    return {};
  }
  std::optional<Lines> on_user_config(const Address& user, std::string_view key) {
    log(Level::info, "saw user_config " + user.text() + ' ' + std::string(key));
    return {};
  }

  /// Before the order begins.
  Result on_identify(Connection& conn) {
    log(Level::info, "saw identify " + conn.remote_ip);
    return declined();
  }
  void on_post_fork() { saw(Hook::post_fork, {}); }
  Result on_pre_connection(const PreConnection& peer) {
    std::string text(peer.remote_ip);
    text.append(" ")
        .append(peer.remote_port)
        .append(" ")
        .append(peer.local_ip)
        .append(" ")
        .append(peer.local_port);
    text +=
        (peer.max_conn_ip ? " limit" : "") + std::string(peer.child_addrs.empty() ? "" : " others");
    return saw(Hook::pre_connection, text);
  }
  Result on_connect(Connection& conn) {
    return saw(Hook::connect, conn.remote_ip + ' ' + conn.remote_host + ' ' + conn.remote_info);
  }

  Parsed<Hello> on_ehlo_parse(Connection&, const CommandLine& command) {
    return parse(Hook::ehlo_parse, command);
  }
  Result on_ehlo(Connection&, const Hello& hello) { return saw(Hook::ehlo, text_of(hello)); }
  Parsed<Hello> on_helo_parse(Connection&, const CommandLine& command) {
    return parse(Hook::helo_parse, command);
  }
  Result on_helo(Connection&, const Hello& hello) { return saw(Hook::helo, text_of(hello)); }
  Lines on_capabilities(Connection& conn) {
    saw(Hook::capabilities, conn.hello_host);
    return {};
  }

  Parsed<PathCommand> on_mail_parse(Connection&, const CommandLine& command) {
    saw(Hook::mail_parse, text_of(command));
    return {};
  }
  Rewrite on_mail_pre(Transaction&, std::string_view path, Parameters& parameters) {
    saw(Hook::mail_pre, std::string(path) + text_of(parameters));
    return std::nullopt;
  }
  Result on_mail(Transaction&, const Address& sender, const Parameters& parameters) {
    return saw(Hook::mail, sender.text() + text_of(parameters));
  }
  Parsed<PathCommand> on_rcpt_parse(Connection&, const CommandLine& command) {
    saw(Hook::rcpt_parse, text_of(command));
    return {};
  }
  Rewrite on_rcpt_pre(Transaction&, std::string_view path, Parameters& parameters) {
    saw(Hook::rcpt_pre, std::string(path) + text_of(parameters));
    return std::nullopt;
  }
  Result on_rcpt(Transaction&, const Address& rcpt, const Parameters& parameters) {
    return saw(Hook::rcpt, rcpt.text() + text_of(parameters));
  }

  Result on_data(Transaction& txn) { return saw(Hook::data, text_of(txn)); }
  Result on_data_headers_end(Transaction& txn) { return saw(Hook::data_headers_end, text_of(txn)); }
  Result on_data_post_headers(Transaction& txn) {
    return saw(Hook::data_post_headers, text_of(txn));
  }
  std::optional<std::string> on_received_line(Transaction&, const ReceivedFacts& facts) {
    saw(Hook::received_line,
        std::string(facts.protocol) + ' ' + quoted(facts.auth) + ' ' + quoted(facts.tls));
    return {};
  }
  Result on_data_post(Transaction& txn) { return saw(Hook::data_post, text_of(txn)); }
  Result on_queue_pre(Transaction& txn) { return saw(Hook::queue_pre, text_of(txn)); }
  Result on_queue(Transaction& txn) { return saw(Hook::queue, text_of(txn)); }
  Result on_queue_post(Transaction& txn) { return saw(Hook::queue_post, text_of(txn)); }

  Result on_vrfy(Connection&, const CommandLine& command) {
    return saw(Hook::vrfy, text_of(command));
  }
  Result on_noop(Connection&, const CommandLine& command) {
    return saw(Hook::noop, text_of(command));
  }
  Result on_quit(Connection&, const CommandLine& command) {
    return saw(Hook::quit, text_of(command));
  }
  Result on_help(Connection&, const CommandLine& command) {
    return saw(Hook::help, text_of(command));
  }
  Result on_unrecognized_command(Connection&, const CommandLine& command) {
    return saw(Hook::unrecognized_command, text_of(command));
  }

  void on_reset_transaction(Transaction& txn) {
    saw(Hook::reset_transaction, text_of(txn));
    report(txn.results, txn.notes);
  }
  void on_disconnect(Connection&) { saw(Hook::disconnect, {}); }
  void on_post_connection(Connection& conn) {
    saw(Hook::post_connection, {});
    report(conn.results, conn.notes);
    log(Level::info, "order:" + order_);
  }

  void on_deny(Hook hook, std::string_view plugin, const Result& result) {
    heard("deny", hook, plugin, result);
  }
  void on_ok(Hook hook, std::string_view plugin, const Result& result) {
    heard("ok", hook, plugin, result);
  }

 private:
  Result saw(Hook hook, std::string_view arguments) {
    order_.append(" ").append(to_string(hook));
    log(Level::info, "saw " + std::string(to_string(hook)) + (arguments.empty() ? "" : " ") +
                         std::string(arguments));
    return declined();
  }
  Parsed<Hello> parse(Hook hook, const CommandLine& command) {
    saw(hook, text_of(command));
    return {};
  }
  /// What it says itself is of no interest.
  void heard(std::string_view name, Hook hook, std::string_view plugin,
             const Result& result) const {
    if (plugin == ctx().name()) return;
    std::string line = "heard ";
    line.append(name)
        .append(" ")
        .append(to_string(hook))
        .append(" ")
        .append(plugin)
        .append(" ")
        .append(text_of(result));
    log(Level::info, line);
  }
  void report(const HookResults& results, const Notes& notes) const {
    for (const std::string& plugin : results_) {
      for (std::size_t i = 0; i < hook_count; ++i) {
        const auto hook = static_cast<Hook>(i);
        const auto verdict = results.of(plugin, hook);
        if (verdict)
          log(Level::info, "result " + plugin + ' ' + std::string(to_string(hook)) + ' ' +
                               std::string(to_string(*verdict)));
      }
    }
    for (const std::string& name : notes_) {
      if (const auto text = notes.text(name))
        log(Level::info, "note " + name + ' ' + quoted(*text));
    }
  }

  std::vector<std::string> results_, notes_;
  std::string order_;
};

}  // namespace

SMTPD_PLUGIN(Recorder, "recorder", logging, check, config, user_config, identify, post_fork,
             pre_connection, connect, ehlo_parse, ehlo, helo_parse, helo, capabilities, mail_parse,
             mail_pre, mail, rcpt_parse, rcpt_pre, rcpt, data, data_headers_end, data_post_headers,
             received_line, data_post, queue_pre, queue, queue_post, vrfy, noop, quit, help,
             unrecognized_command, reset_transaction, disconnect, post_connection, deny, ok)

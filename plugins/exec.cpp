#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <ranges>
#include <string>
#include <string_view>
#include <vector>

#include "lib/io/spawn.hpp"
#include "lib/kit/local_domains.hpp"
#include "plugins/exec_variables.hpp"
#include "plugins/qmail_spp.hpp"

namespace smtpd {
namespace {

/// Where a program can be run; HELO and EHLO are one.
enum class Stage { connect, helo, mail, rcpt, data };
constexpr std::array<std::string_view, 5> stage_names{"connect", "helo", "mail", "rcpt", "data"};
constexpr std::size_t stages = stage_names.size();

constexpr std::size_t index(Stage stage) { return static_cast<std::size_t>(stage); }

/// What the exit codes of a RCPTCHECK program say; any other is an error of the program.
struct Exit {
  int code = 0;
  Verdict verdict = Verdict::declined;
  std::string_view text;
};
constexpr auto rcptcheck_exits = std::array{
    Exit{0, Verdict::declined, ""},
    Exit{100, Verdict::deny, "sorry, no mailbox here by that name. (#5.1.1)"},
    Exit{111, Verdict::denysoft, "unable to verify recipient (#4.3.0)"},
};

// Notes of the connection.
constexpr NoteKey<bool> exec_off{"exec_off"};    // A: no program any more
constexpr NoteKey<bool> exec_next{"exec_next"};  // N: none for this command
constexpr NoteKey<std::vector<std::string>> exec_variables{"exec_variables"};  // NAME=value of S
constexpr NoteKey<std::int64_t> exec_stages{
    "exec_stages"};  // bits of the stages that have a program

}  // namespace

/// Lets a program decide. See doc/plugins/exec.md.
class Exec final : public Plugin {
 public:
  explicit Exec(PluginContext& ctx) : Plugin(ctx), domains_(ctx) {
    const auto program = ctx.args.positional();
    if (!program) throw ConfigError("it needs a program");
    program_ = *program;
    if (!program_.starts_with('/'))
      throw ConfigError("the program is an absolute path, not '" + printable(program_) + '\'');
    read_convention(ctx);
    for (const std::string_view word : ctx.args.all("arg")) arguments_.emplace_back(word);
    for (const std::string_view word : ctx.args.all("env")) read_variable(ctx, word);
    timeout_ = ctx.args.duration("timeout", seconds(10));
    choose_hooks(ctx);
  }

  Result on_connect(Connection&) { return ask({Stage::connect}); }
  Result on_helo(Connection&, const Hello& hello) {
    return ask({.stage = Stage::helo, .subject = hello.host});
  }
  Result on_ehlo(Connection&, const Hello& hello) {
    return ask({.stage = Stage::helo, .subject = hello.host});
  }
  Result on_mail(Transaction& txn, const Address& sender, const Parameters&) {
    return ask({Stage::mail, &txn, sender.plain()});
  }
  Result on_rcpt(Transaction& txn, const Address& rcpt, const Parameters&) {
    ++told_(txn).recipients;
    return ask({Stage::rcpt, &txn, rcpt.plain(), &rcpt});
  }
  Result on_data(Transaction& txn) { return ask({Stage::data, &txn}); }

  Result on_data_post_headers(Transaction& txn) {
    // Each goes above the one before it, so the last comes first.
    for (const std::vector<spp::AddedField>* fields : {&told_(txn).fields, &session_.fields}) {
      for (const auto& [name, value] : std::views::reverse(*fields))
        txn.header.add_above_sender(name, value);
    }
    return declined();
  }

  void on_check() {
    if (const std::string wrong = io::why_not_runnable(program_); !wrong.empty())
      ctx().problem(wrong);
    domains_.check();
  }

 private:
  static constexpr std::size_t most_kept = 100;  // variables in a session, fields of a message

  /// What a program is asked.
  struct Question {
    Stage stage = Stage::connect;
    Transaction* txn = nullptr;  ///< none before MAIL
    std::string subject = {};    ///< the name of HELO, the address of MAIL or RCPT
    const Address* rcpt = nullptr;
  };
  /// What a program has left for later.
  struct Instructions {
    std::vector<spp::AddedField> fields;
    std::map<char, Result> late;   // by the command that it is due at, as in spp::Late
    std::uint64_t recipients = 0;  // RCPT commands so far
  };

  void read_convention(PluginContext& ctx) {
    rcptcheck_ =
        ctx.args.choice("protocol", {"qmail-spp", "rcptcheck"}, "qmail-spp") == "rcptcheck";
    accepts_ = ctx.args.flag("accept", false);
    for (const std::string_view hook : ctx.args.all("hook")) runs_at_[index(stage_of(hook))] = true;
    const auto any = std::ranges::count(runs_at_, true);
    if (!rcptcheck_ && any == 0)
      throw ConfigError("argument hook is needed: connect, helo, mail, rcpt or data");
    if (!rcptcheck_) return;
    if (any > (runs_at_[index(Stage::rcpt)] ? 1 : 0))
      throw ConfigError("with protocol rcptcheck the only hook is rcpt");
    if (accepts_)
      throw ConfigError("accept is for protocol qmail-spp: a RCPTCHECK program accepts nobody");
    runs_at_[index(Stage::rcpt)] = true;
  }

  static Stage stage_of(std::string_view name) {
    for (std::size_t i = 0; i < stages; ++i) {
      if (equal_ignoring_case(name, stage_names[i])) return static_cast<Stage>(i);
    }
    const std::string_view near = nearest(lower(name), stage_names);
    throw ConfigError("argument hook is one of connect, helo, mail, rcpt, data, not '" +
                      printable(name) + '\'' +
                      (near.empty() ? "" : "; did you mean '" + std::string(near) + "'?"));
  }

  /// `NAME=value`, or the name of a variable that the server has.
  void read_variable(const PluginContext& ctx, std::string_view word) {
    const auto equals = std::min(word.find('='), word.size());
    const std::string name(word.substr(0, equals));
    if (!spp::is_variable_name(name) || is_reserved(name))
      throw ConfigError("argument env: '" + printable(name) + "' is no variable that can be set");
    if (equals < word.size()) {
      variables_.push_back({name, std::string(word.substr(equals + 1))});
    } else if (const auto value = ctx.services().environment.get(name.c_str())) {
      variables_.push_back({name, std::string(*value)});
    }
  }

  // A program that is run early may leave something for a later stage.
  void choose_hooks(PluginContext& ctx) {
    if (!runs_at_[index(Stage::connect)]) ctx.skip(Hook::connect);
    if (!runs_at_[index(Stage::helo)]) {
      ctx.skip(Hook::helo);
      ctx.skip(Hook::ehlo);
    }
    if (rcptcheck_) {
      for (const Hook hook : {Hook::mail, Hook::data, Hook::data_post_headers}) ctx.skip(hook);
      return;
    }
    // Whoever is the first of its kind in a chain begins anew after an N.
    Notes& notes = ctx.connection().notes;
    const std::int64_t* const before = notes.get(exec_stages);
    std::int64_t taken = before ? *before : 0;
    for (std::size_t i = 0; i < stages; ++i) {
      const std::int64_t bit = std::int64_t{1} << i;
      begins_[i] = runs_at_[i] && (taken & bit) == 0;
      if (runs_at_[i]) taken |= bit;
    }
    notes.set(exec_stages, taken);
  }

  Result ask(const Question& question) {
    Notes& notes = ctx().connection().notes;
    if (begins_[index(question.stage)]) notes.set(exec_next, false);
    if (const Result* const late = due(question)) return refused(*late);
    if (!runs_at_[index(question.stage)]) return declined();
    if (!rcptcheck_ && (notes.has(exec_off) || notes.has(exec_next))) return declined();
    if (ctx().rehearses("run " + program_)) return declined();
    auto environment = environment_for(question);
    if (!environment) return undecided(ctx(), environment.error());
    const auto outcome = ctx().services().programs.run({.path = program_,
                                                        .arguments = arguments_,
                                                        .environment = std::move(*environment),
                                                        .most_output = 16384,
                                                        .deadline = ctx().clock().after(timeout_)});
    if (!outcome) return undecided(ctx(), outcome.error());
    log_texts(outcome->errors);
    if (outcome->signal != 0)
      return broken("was ended by signal " + std::to_string(outcome->signal));
    return rcptcheck_ ? judge_exit(*outcome) : judge_output(*outcome, question);
  }

  /// A refusal that the program has left for this command.
  const Result* due(const Question& question) {
    if (!question.txn) return nullptr;
    const char command = question.stage == Stage::mail   ? 'M'
                         : question.stage == Stage::rcpt ? 'R'
                                                         : 'D';
    for (const Instructions* const told : {&session_, &told_(*question.txn)}) {
      const auto found = told->late.find(command);
      if (found != told->late.end()) return &found->second;
    }
    return nullptr;
  }

  /// Errors: those of is_ours.
  std::expected<std::vector<std::string>, Error> environment_for(const Question& question) {
    Variables all;
    all.set("PATH",
            ctx().services().environment.get("PATH").value_or("/usr/local/bin:/usr/bin:/bin"));
    for (const spp::Variable& variable : variables_) all.set(variable.name, *variable.value);
    if (const auto* const told = ctx().connection().notes.get(exec_variables)) {
      for (const std::string_view text : *told)
        all.set(text.substr(0, text.find('=')), text.substr(text.find('=') + 1));
    }
    describe(ctx().connection(), all);
    all.set_unless_empty("SMTPHELOHOST", question.stage == Stage::helo
                                             ? std::string_view(question.subject)
                                             : ctx().connection().hello_host);
    if (question.txn) describe_envelope(all, question);
    if (question.rcpt) {
      const auto ours = is_ours(*question.rcpt);
      if (!ours) return std::unexpected(ours.error());
      all.set("SMTPRCPTHOSTSOK", *ours ? "1" : "0");
    }
    return all.list();
  }

  void describe_envelope(Variables& all, const Question& question) {
    const Transaction& txn = *question.txn;
    const std::string sender = txn.sender ? txn.sender->plain() : question.subject;
    all.set("SMTPMAILFROM", sender);
    if (question.stage == Stage::mail) return;
    const std::string last = question.rcpt            ? question.subject
                             : txn.recipients.empty() ? std::string()
                                                      : txn.recipients.back().address.plain();
    all.set("SMTPRCPTTO", last);
    all.set("SMTPRCPTCOUNT", std::to_string(txn.recipients.size()));
    all.set("SMTPRCPTCOUNTALL", std::to_string(told_(txn).recipients));
    if (!rcptcheck_) return;
    all.set("SENDER", sender);
    all.set("RECIPIENT", last);
    all.set("HELO", ctx().connection().hello_host);
  }

  /// The same as rcpt_ok's question. Errors: those of the lists.
  std::expected<bool, Error> is_ours(const Address& rcpt) {
    if (ctx().connection().relay_client) return true;
    return domains_.has(domains_.host_of(rcpt));
  }

  Result judge_exit(const io::ProgramOutcome& outcome) {
    log_texts(outcome.output);
    const auto found = std::ranges::find(rcptcheck_exits, outcome.exit_code, &Exit::code);
    if (found == rcptcheck_exits.end())
      return broken("ended with exit code " + std::to_string(outcome.exit_code));
    if (found->verdict == Verdict::declined) return passed();
    return refused({found->verdict, std::string(found->text), {}});
  }

  Result judge_output(const io::ProgramOutcome& outcome, const Question& question) {
    constexpr int not_run = 120;  // qmail-spp's own code
    const auto output = spp::parse(outcome.output);
    if (!output) return broken("says " + output.error());
    const bool decided = output->decision != spp::Decision::none;
    if (outcome.exit_code == not_run || (outcome.exit_code != 0 && !decided))
      return broken("ended with exit code " + std::to_string(outcome.exit_code));
    if (!keep(*output, question)) return broken("wants more kept than there is room for");
    Notes& notes = ctx().connection().notes;
    switch (output->decision) {
      case spp::Decision::refuse: return refused(output->refusal);
      case spp::Decision::off: notes.set(exec_off, true); break;
      case spp::Decision::next: notes.set(exec_next, true); break;
      case spp::Decision::accept:
        notes.set(exec_next, true);
        if (accepts_ && question.txn && question.stage != Stage::data) return accepted();
        break;
      case spp::Decision::none: break;
    }
    return passed();
  }

  /// False if there is no room.
  bool keep(const spp::Output& output, const Question& question) {
    for (const std::string& text : output.unsent) log(Level::warn, "not sent: " + text);
    const bool early = !question.txn;
    Instructions& told = early ? session_ : told_(*question.txn);
    told.fields.insert(told.fields.end(), output.fields.begin(), output.fields.end());
    for (const spp::Late& late : output.late) {
      // The transaction ends where the next MAIL comes.
      (late.command == 'M' ? session_ : told).late.try_emplace(late.command, late.refusal);
    }
    return told.fields.size() <= most_kept && keep_variables(output.variables);
  }

  bool keep_variables(const std::vector<spp::Variable>& variables) {
    if (variables.empty()) return true;
    Notes& notes = ctx().connection().notes;
    const auto* const before = notes.get(exec_variables);
    std::vector<std::string> all = before ? *before : std::vector<std::string>();
    for (const spp::Variable& variable : variables) {
      if (is_reserved(variable.name)) {
        log(Level::warn, "not set: " + variable.name + " is the server's");
        continue;
      }
      const std::string prefix = variable.name + '=';
      std::erase_if(all, [&](const std::string& text) { return text.starts_with(prefix); });
      if (variable.value) all.push_back(prefix + *variable.value);
    }
    if (all.size() > most_kept) return false;
    notes.set(exec_variables, std::move(all));
    return true;
  }

  /// What a program says to people, a line at a time.
  void log_texts(std::string_view text) const {
    constexpr int most = 20;
    int lines = 0;
    for (const std::string_view line : split(text, '\n')) {
      if (trim(line).empty()) continue;
      if (++lines > most) return log(Level::warn, "says more");
      log(Level::warn, "says " + printable(trim(line)));
    }
  }

  Result broken(std::string_view what) {
    return undecided(ctx(), {Errc::io, program_ + ' ' + std::string(what)});
  }
  Result passed() const {
    log(Level::info, "pass, " + program_);
    return declined();
  }
  Result accepted() const {
    log(Level::info, "pass, accepted by " + program_);
    return ok();
  }
  Result refused(const Result& refusal) const {
    log(Level::info, "fail, " + (refusal.text.empty() ? program_ : refusal.text));
    return refusal;
  }

  std::string program_;
  std::vector<std::string> arguments_;
  std::vector<spp::Variable> variables_;  // of the argument env, each with a value
  milliseconds timeout_{};
  bool rcptcheck_ = false, accepts_ = false;
  std::array<bool, stages> runs_at_{}, begins_{};
  LocalDomains domains_;
  Instructions session_;
  PerTransaction<Instructions> told_;
};

SMTPD_PLUGIN(Exec, "exec", connect, ehlo, helo, rcpt, mail, data, data_post_headers, check)

}  // namespace smtpd

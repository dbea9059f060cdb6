#include "tests/support/pool.hpp"

#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <csignal>
#include <filesystem>
#include <map>

using namespace smtpd::transcript;

BOOST_AUTO_TEST_SUITE(transcript_pool)

BOOST_AUTO_TEST_CASE(every_file_has_its_own_process_and_folder) {
  std::map<std::string, Result> results;
  std::string folder;
  Pool pool{.jobs = 2};
  pool.work = [](const std::string& path, const std::string& tmp) -> Result {
    if (path == "killed") ::raise(SIGKILL);
    if (path == "exits") ::_exit(3);
    if (path == "skipped") return {Result::Kind::skipped, "reason"};
    if (path == "failed") return {Result::Kind::failed, tmp};
    return {};
  };
  pool.report = [&](const std::string& path, const Result& result) { results[path] = result; };
  pool.run({"killed", "exits", "skipped", "failed", "passed"});
  BOOST_REQUIRE(results.size() == 5U);
  BOOST_TEST(results["killed"].text == "killed:0: its process was killed by SIGKILL\n");
  BOOST_TEST(results["exits"].text == "exits:0: its process ended with exit code 3\n");
  BOOST_TEST((results["skipped"].kind == Result::Kind::skipped));
  BOOST_TEST((results["failed"].kind == Result::Kind::failed));
  BOOST_TEST((results["passed"].kind == Result::Kind::passed));
  BOOST_TEST(!std::filesystem::exists(results["failed"].text));
}

BOOST_AUTO_TEST_CASE(kept_folders_are_named) {
  std::string report;
  Pool pool{.keep = true};
  pool.work = [](const std::string&, const std::string& tmp) {
    return Result{Result::Kind::failed, tmp + '\n'};
  };
  pool.report = [&](const std::string&, const Result& result) { report = result.text; };
  pool.run({"x"});
  const std::string folder = report.substr(0, report.find('\n'));
  BOOST_TEST(report == folder + "\n  folder: " + folder + '\n');
  BOOST_TEST(std::filesystem::is_directory(folder));
  std::filesystem::remove(folder);
}

BOOST_AUTO_TEST_SUITE_END()

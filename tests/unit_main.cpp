/// The runner of all unit tests.
#define BOOST_TEST_MODULE smtpd
#define BOOST_TEST_DYN_LINK
#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <filesystem>

#include "lib/base/module.hpp"

namespace {

/// The modules stand beside the server, which the environment variable SMTPD_BINARY names.
struct ModulesOfTheServer {
  ModulesOfTheServer() {
    const char* const binary = std::getenv("SMTPD_BINARY");
    smtpd::set_program_directory(
        std::filesystem::absolute(binary ? binary : "smtpd").parent_path());
  }
};
BOOST_TEST_GLOBAL_FIXTURE(ModulesOfTheServer);

}  // namespace

#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# With the settings that scenarios/README.md gives, Neovim marks a fault of a scenario, completes a key and explains one.
set -euo pipefail

source "$(dirname "$0")/command.sh"
servers=${XDG_CACHE_HOME:-${HOME:-}/.cache}/roam/editors/node_modules/.bin
if [[ ! -x $servers/yaml-language-server ]] || ! command -v node >/dev/null || ! command -v nvim >/dev/null; then
    echo 'nvim or yaml-language-server is not installed: apt-get install neovim, tools/setup --editors'
    exit 77
fi
export PATH=$servers:$PATH HOME=$scratch XDG_CONFIG_HOME=$scratch XDG_DATA_HOME=$scratch XDG_STATE_HOME=$scratch XDG_CACHE_HOME=$scratch
mkdir -p scenarios/mine
sed -n '/^```lua$/,/^```$/p' "$root/scenarios/README.md" | sed "/^\`\`\`/d; s|/path/to/roam|$root|" >init.lua
cat >scenarios/mine/faulty.yaml <<'YAML'
roam: 1
name: faulty
duration: 20s
networks:
  wifi:
    delay: 8 parsecs
    ra
YAML
cat >ask.lua <<'LUA'
local function ask(method, line, character)
  local params = { textDocument = vim.lsp.util.make_text_document_params(), position = { line = line, character = character } }
  for _, answer in pairs(vim.lsp.buf_request_sync(0, method, params, 60000) or {}) do
    return answer.result or {}
  end
  return {}
end
vim.wait(60000, function() return #vim.diagnostic.get(0) > 0 end)
for _, fault in ipairs(vim.diagnostic.get(0)) do
  io.write('marked: ', fault.lnum + 1, ': ', fault.message:gsub('\n', ' '), '\n')
end
local offered = ask('textDocument/completion', 6, 6)
for _, item in ipairs(offered.items or offered) do
  io.write('offered: ', item.label, '\n')
end
io.write('explained: ', vim.inspect(ask('textDocument/hover', 2, 3).contents), '\n')
LUA
nvim --clean --headless -u init.lua -c 'luafile ask.lua' -c 'qa!' scenarios/mine/faulty.yaml >said 2>&1 </dev/null ||
    fail "nvim: exit status $?"
says said 'marked: 6: '
says said 'offered: rate'
says said 'The virtual time of the run'
[[ $failed == 0 ]] || cat said
exit $failed

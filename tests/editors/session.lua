-- One Neovim session with cppls: opens a file, asks at a position, prints what came as JSON.
--   nvim -l session.lua CONFIG_FOLDER FILE LINE COLUMN   (1-based line, 0-based byte column)
local config, file, line, column = arg[1], arg[2], tonumber(arg[3]), tonumber(arg[4])
local PATIENCE = 30000 -- milliseconds until a missing answer counts as missing

local seen = { progress = {}, state = {}, messages = {} }
vim.api.nvim_create_autocmd('LspProgress', {
  callback = function(event)
    table.insert(seen.progress, event.data.params.value)
  end,
})
vim.lsp.handlers['cppls/state'] = function(_, params)
  table.insert(seen.state, params.state)
end
vim.lsp.handlers['window/showMessage'] = function(_, params)
  table.insert(seen.messages, params.message)
end

vim.opt.runtimepath:prepend(config)
vim.cmd('filetype on')
vim.lsp.enable('cppls')
vim.cmd.edit(vim.fn.fnameescape(file))
vim.wait(PATIENCE, function() return #vim.lsp.get_clients({ bufnr = 0, name = 'cppls' }) > 0 end, 20)
local client = vim.lsp.get_clients({ bufnr = 0, name = 'cppls' })[1]
assert(client, 'cppls did not attach')
vim.wait(PATIENCE, function() return vim.tbl_contains(seen.state, 'idle') end, 20)
vim.wait(PATIENCE, function() return #vim.diagnostic.get(0) > 0 end, 20)
vim.api.nvim_win_set_cursor(0, { line, column })

local function ask(method, more)
  local params = vim.lsp.util.make_position_params(0, client.offset_encoding)
  params = vim.tbl_extend('force', params, more or {})
  local answer = assert(client:request_sync(method, params, PATIENCE, 0), method .. ': no answer')
  assert(not answer.err, vim.inspect(answer.err))
  return answer.result
end

local result = {
  encoding = client.offset_encoding,
  root = client.root_dir,
  definition = ask('textDocument/definition'),
  references = ask('textDocument/references', { context = { includeDeclaration = true } }),
  hover = ask('textDocument/hover'),
  diagnostics = vim.tbl_map(function(each)
    return { line = each.lnum, column = each.col, message = each.message }
  end, vim.diagnostic.get(0)),
  progress = seen.progress,
  state = seen.state,
  messages = seen.messages,
}

-- What clangd has beyond the protocol, as a user meets it.
local inactive = vim.api.nvim_get_namespaces()['cppls/inactive']
vim.wait(PATIENCE, function()
  return #vim.api.nvim_buf_get_extmarks(0, inactive, 0, -1, {}) > 0
end, 20)
result.inactive = vim.api.nvim_buf_get_extmarks(0, inactive, 0, -1, {})
local function shown(command)
  local before = vim.api.nvim_get_current_win()
  vim.cmd(command)
  vim.wait(PATIENCE, function() return vim.api.nvim_get_current_win() ~= before end, 20)
  local lines = vim.api.nvim_buf_get_lines(0, 0, -1, false)
  vim.cmd.close()
  return lines
end
result.tree = shown(line .. 'CppAst')
result.usage = shown('CppMemoryUsage')
vim.cmd.CppSwitchSourceHeader()
vim.wait(PATIENCE, function() return vim.fn.expand('%:t') == 'lib.h' end, 20)
result.switched = vim.fn.expand('%:t')
vim.cmd.edit(vim.fn.fnameescape(file))

-- The header beside the source: as part of which source it is read, chosen as a user would.
vim.cmd.edit(vim.fn.fnameescape(vim.fs.joinpath(vim.fs.dirname(file), 'lib.h')))
vim.ui.select = function(choices, options, choose)
  result.choices = vim.tbl_map(options.format_item, choices)
  choose(choices[2])
end
vim.wait(PATIENCE, function() return vim.fn.exists(':CppHeaderContext') == 2 end, 20)
vim.cmd.CppHeaderContext()
local function context()
  local document = vim.lsp.util.make_text_document_params(0)
  local answer = client:request_sync('cppls/headerContext', { textDocument = document }, PATIENCE, 0)
  return assert(answer).result
end
result.chosen = vim.wait(PATIENCE, function() return context().chosen end, 20)

client:stop()
vim.wait(PATIENCE, function() return client:is_stopped() end, 20)
io.stdout:write(vim.json.encode(result), '\n')

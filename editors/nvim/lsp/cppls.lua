-- cppls for Neovim 0.11 and newer: `vim.lsp.enable('cppls')` reads this file from the runtime path.
-- What a user sets with vim.lsp.config('cppls', {...}) is merged over it.

---`:CppStatus`: budget, memory and health of each project.
local function show_status(client)
  client:request('cppls/status', nil, function(err, status)
    if err then
      vim.notify(err.message, vim.log.levels.ERROR)
      return
    end
    for _, each in ipairs(status.memory) do
      vim.notify(('cppls %s: %d of %d MB, %s, %d files wait, %d documents asleep'):format(
        each.root,
        each.now / 2 ^ 20,
        each.budget / 2 ^ 20,
        each.health,
        each.queue,
        each.documents.suspended + each.documents.spilled
      ))
    end
  end)
end

---`:CppHeaderContext`: choose the source as part of which the header in this buffer is read.
local function switch_header_context(client, buffer)
  local document = { uri = vim.uri_from_bufnr(buffer) }
  local function failed(err)
    if err then
      vim.notify(err.message, vim.log.levels.ERROR)
    end
    return err
  end
  client:request('cppls/headerContext', { textDocument = document }, function(err, answer)
    if failed(err) then
      return
    end
    local choices = vim.list_extend({ { uri = vim.NIL } }, answer.contexts)
    if #choices == 1 then
      vim.notify('cppls: no source is known to include this file')
      return
    end
    vim.ui.select(choices, {
      prompt = 'Read this header as part of',
      format_item = function(choice)
        if choice.uri == vim.NIL then
          return 'the nearest source'
        end
        local name = vim.fn.fnamemodify(vim.uri_to_fname(choice.uri), ':.')
        return choice.current and name .. ' (current)' or name
      end,
    }, function(choice)
      if choice then
        local params = { textDocument = document, context = choice.uri }
        client:request('cppls/setHeaderContext', params, failed)
      end
    end)
  end, buffer)
end

---`:CppSwitchSourceHeader`: from a source to its header, and back.
local function switch_source_header(client, buffer)
  local document = { uri = vim.uri_from_bufnr(buffer) }
  client:request('textDocument/switchSourceHeader', document, function(err, uri)
    if err or not uri or uri == vim.NIL or uri == '' then
      vim.notify(err and err.message or 'cppls: there is no other file to this one')
      return
    end
    vim.cmd.edit(vim.fn.fnameescape(vim.uri_to_fname(uri)))
  end, buffer)
end

---Show lines in a buffer of their own that is gone once it is left.
local function show(name, lines)
  vim.cmd.new()
  vim.bo.buftype = 'nofile'
  vim.bo.bufhidden = 'wipe'
  vim.api.nvim_buf_set_lines(0, 0, -1, false, lines)
  vim.bo.modifiable = false
  vim.b.cppls = name
end

---`:[range]CppAst`: the syntax tree of the lines, as clangd draws it.
local function show_syntax_tree(client, buffer, first, last)
  local lines = vim.api.nvim_buf_get_lines(buffer, first - 1, last, false)
  local range = {
    start = { line = first - 1, character = (lines[1]:find('%S') or 1) - 1 },
    ['end'] = { line = last - 1, character = #lines[#lines] },
  }
  local params = { textDocument = { uri = vim.uri_from_bufnr(buffer) }, range = range }
  client:request('textDocument/ast', params, function(err, root)
    if err or not root or root == vim.NIL then
      vim.notify(err and err.message or 'cppls: there is no syntax tree here')
      return
    end
    local lines = {}
    local function add(node, depth)
      local detail = node.detail and ' ' .. node.detail or ''
      table.insert(lines, ('  '):rep(depth) .. node.role .. ' ' .. node.kind .. detail)
      for _, child in ipairs(node.children or {}) do
        add(child, depth + 1)
      end
    end
    add(root, 0)
    show('ast', lines)
  end, buffer)
end

---`:CppMemoryUsage`: what uses how much, as a tree.
local function show_memory_usage(client)
  client:request('$/memoryUsage', nil, function(err, root)
    if err then
      vim.notify(err.message, vim.log.levels.ERROR)
      return
    end
    local lines = {}
    local function add(name, node, depth)
      table.insert(lines, ('%s%9.1f MB  %s'):format(('  '):rep(depth), node._total / 2 ^ 20, name))
      local parts = vim.tbl_filter(function(part)
        return part:sub(1, 1) ~= '_'
      end, vim.tbl_keys(node))
      table.sort(parts, function(a, b)
        return node[a]._total > node[b]._total
      end)
      for _, part in ipairs(parts) do
        add(part, node[part], depth + 1)
      end
    end
    add('cppls', root, 0)
    show('memory', lines)
  end)
end

local inactive = vim.api.nvim_create_namespace('cppls/inactive')

---`textDocument/inactiveRegions`: lines that the preprocessor leaves out look like comments.
local function show_inactive(_, params)
  local buffer = vim.uri_to_bufnr(params.textDocument.uri)
  if not vim.api.nvim_buf_is_loaded(buffer) then
    return
  end
  vim.api.nvim_buf_clear_namespace(buffer, inactive, 0, -1)
  for _, range in ipairs(params.regions) do
    local last = math.min(range['end'].line + 1, vim.api.nvim_buf_line_count(buffer))
    if range.start.line < last then
      vim.api.nvim_buf_set_extmark(buffer, inactive, range.start.line, 0, {
        end_row = last,
        end_col = 0,
        hl_group = 'CpplsInactive',
        priority = vim.hl.priorities.semantic_tokens + 10,
        strict = false,
      })
    end
  end
end

local capabilities = vim.lsp.protocol.make_client_capabilities()
capabilities.textDocument.inactiveRegionsCapabilities = { inactiveRegions = true }
vim.api.nvim_set_hl(0, 'CpplsInactive', { link = 'Comment', default = true })

---@type vim.lsp.Config
return {
  capabilities = capabilities,
  handlers = { ['textDocument/inactiveRegions'] = show_inactive },
  on_attach = function(client, buffer)
    local function command(name, run, description, more)
      local options = vim.tbl_extend('force', { desc = description }, more or {})
      vim.api.nvim_buf_create_user_command(buffer, name, run, options)
    end
    command('CppHeaderContext', function()
      switch_header_context(client, buffer)
    end, 'As part of which source a header is read')
    command('CppStatus', function()
      show_status(client)
    end, 'Memory and health of cppls')
    command('CppSwitchSourceHeader', function()
      switch_source_header(client, buffer)
    end, 'From a source to its header, and back')
    command('CppAst', function(call)
      show_syntax_tree(client, buffer, call.line1, call.line2)
    end, 'The syntax tree of the lines', { range = true })
    command('CppMemoryUsage', function()
      show_memory_usage(client)
    end, 'What uses how much memory')
  end,
  cmd = { 'cppls' },
  filetypes = { 'c', 'cpp', 'objc', 'objcpp', 'cuda' },
  -- The first group counts before the second, wherever each is found.
  root_markers = {
    { 'compile_commands.json', 'compile_flags.txt', 'build/compile_commands.json' },
    '.git',
  },
  -- Settings are the user's to add, as docs/CONFIGURATION.md lists them: init_options = { jobs = 2 }.
}

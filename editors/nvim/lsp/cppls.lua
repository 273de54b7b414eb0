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

---@type vim.lsp.Config
return {
  on_attach = function(client, buffer)
    vim.api.nvim_buf_create_user_command(buffer, 'CppHeaderContext', function()
      switch_header_context(client, buffer)
    end, { desc = 'As part of which source a header is read' })
    vim.api.nvim_buf_create_user_command(buffer, 'CppStatus', function()
      show_status(client)
    end, { desc = 'Memory and health of cppls' })
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

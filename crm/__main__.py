from crm.ops.cli import main

main()

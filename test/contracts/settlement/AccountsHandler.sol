// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

interface IAccountsDeeds {
    function deposit(uint256 memberSeed, uint256 amountSeed) external;
    function withdraw(uint256 memberSeed, uint256 amountSeed) external;
    function settle(uint256 seed) external;
}

/// @dev What the fuzzer calls; the test that made it does the deeds.
contract AccountsHandler {
    IAccountsDeeds private _test;

    constructor() {
        _test = IAccountsDeeds(msg.sender);
    }

    function deposit(uint256 memberSeed, uint256 amountSeed) external {
        _test.deposit(memberSeed, amountSeed);
    }

    function withdraw(uint256 memberSeed, uint256 amountSeed) external {
        _test.withdraw(memberSeed, amountSeed);
    }

    function settle(uint256 seed) external {
        _test.settle(seed);
    }
}
